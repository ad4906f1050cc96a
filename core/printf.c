/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one formatter of the hypervisor, for log lines, panic reports and the text files a domain
 * reads. No floating point, no locale; an unknown conversion is printed as it stands.
 */
#include "core/printf.h"

#include "core/string.h"

struct out {
	char *buf;
	size_t size; /* of buf, terminator included */
	size_t len;  /* what the whole text has so far */
};

struct spec {
	bool left, zero, is_long; /* flags - and 0; l, ll or z */
	int width;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size) {
		o->buf[o->len] = c;
	}
	o->len++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0) {
		put(o, c);
	}
}

/* The text, padded to the width; behind a sign, if there is one, where zeros are asked for. */
static void put_field(struct out *o, const struct spec *s, const char *text, int len)
{
	int padding = s->width - len;

	if (s->zero && !s->left && *text == '-') {
		put(o, *text++);
		len--;
	}
	if (!s->left) {
		pad(o, s->zero ? '0' : ' ', padding);
	}
	while (len-- > 0) {
		put(o, *text++);
	}
	if (s->left) {
		pad(o, ' ', padding);
	}
}

static void put_number(struct out *o, const struct spec *s, u64 v, u32 base, bool negative)
{
	char text[24];
	int pos = sizeof(text);

	do {
		text[--pos] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative) {
		text[--pos] = '-';
	}
	put_field(o, s, text + pos, (int)sizeof(text) - pos);
}

/* Everything between % and the conversion letter. */
static const char *parse_spec(const char *f, struct spec *s)
{
	*s = (struct spec){.width = 0};
	for (; *f == '-' || *f == '0'; f++) {
		s->left |= *f == '-';
		s->zero |= *f == '0';
	}
	for (; *f >= '0' && *f <= '9'; f++) {
		s->width = s->width * 10 + (*f - '0');
	}
	for (; *f == 'l' || *f == 'z'; f++) {
		s->is_long = true;
	}
	return f;
}

static void put_conversion(struct out *o, const struct spec *s, char conv, va_list *ap)
{
	const char *text;
	s64 v;
	char c;

	switch (conv) {
	case 'd':
		v = s->is_long ? va_arg(*ap, long) : va_arg(*ap, int);
		put_number(o, s, v < 0 ? 0 - (u64)v : (u64)v, 10, v < 0);
		break;
	case 'u':
	case 'x':
		put_number(o, s, s->is_long ? va_arg(*ap, unsigned long) : va_arg(*ap, u32),
			   conv == 'x' ? 16 : 10, false);
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_field(o, s, &c, 1);
		break;
	case 's':
		text = va_arg(*ap, const char *);
		text = text ? text : "(null)";
		put_field(o, s, text, (int)strlen(text));
		break;
	default:
		put(o, '%');
		if (conv != '%') {
			put(o, conv);
		}
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = {.buf = buf, .size = size};
	va_list args;

	va_copy(args, ap);
	for (; *fmt; fmt++) {
		struct spec s;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s);
		if (!*fmt) {
			break;
		}
		put_conversion(&o, &s, *fmt, &args);
	}
	va_end(args);
	if (size > 0) {
		buf[MIN(o.len, size - 1)] = '\0';
	}
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
