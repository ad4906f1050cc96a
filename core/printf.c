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
	bool left, zero, alt;
	int width;
	int precision; /* -1: none given */
	int longs;     /* -2 hh, -1 h, 0, 1 l, 2 ll or z */
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

/* prefix, then zeros up to the precision, then text; blanks around as the width asks. */
static void put_field(struct out *o, const struct spec *s, const char *prefix, int zeros,
		      const char *text, int len)
{
	int prefix_len = (int)strlen(prefix);
	int blanks = s->width - prefix_len - zeros - len;

	if (!s->left) {
		pad(o, ' ', blanks);
	}
	while (*prefix) {
		put(o, *prefix++);
	}
	pad(o, '0', zeros);
	while (len-- > 0) {
		put(o, *text++);
	}
	if (s->left) {
		pad(o, ' ', blanks);
	}
}

static void put_number(struct out *o, const struct spec *s, u64 v, u32 base, bool upper,
		       const char *prefix)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];
	int pos = sizeof(text);
	int len, zeros = 0;

	for (u64 rest = v; rest; rest /= base) {
		text[--pos] = digits[rest % base];
	}
	if (v == 0 && s->precision != 0) {
		text[--pos] = '0';
	}
	len = (int)sizeof(text) - pos;
	if (s->precision >= 0) {
		zeros = MAX(s->precision - len, 0);
	} else if (s->zero && !s->left) {
		zeros = MAX(s->width - len - (int)strlen(prefix), 0);
	}
	put_field(o, s, prefix, zeros, text + pos, len);
}

static void put_signed(struct out *o, const struct spec *s, s64 v)
{
	put_number(o, s, v < 0 ? 0 - (u64)v : (u64)v, 10, false, v < 0 ? "-" : "");
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	size_t max = s->precision >= 0 ? (size_t)s->precision : SIZE_MAX;

	if (!text) {
		text = "(null)";
	}
	put_field(o, s, "", 0, text, (int)strnlen(text, max));
}

/* Everything between % and the conversion letter; negative '*' values mean what C says. */
static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){.precision = -1};
	for (;; f++) {
		if (*f == '-') {
			s->left = true;
		} else if (*f == '0') {
			s->zero = true;
		} else if (*f == '#') {
			s->alt = true;
		} else {
			break;
		}
	}
	if (*f == '*') {
		s->width = va_arg(*ap, int);
		if (s->width < 0) {
			s->left = true;
			s->width = -s->width;
		}
		f++;
	}
	for (; *f >= '0' && *f <= '9'; f++) {
		s->width = s->width * 10 + (*f - '0');
	}
	if (*f == '.') {
		f++;
		s->precision = 0;
		if (*f == '*') {
			s->precision = va_arg(*ap, int);
			s->precision = MAX(s->precision, -1);
			f++;
		}
		for (; *f >= '0' && *f <= '9'; f++) {
			s->precision = s->precision * 10 + (*f - '0');
		}
	}
	for (;; f++) {
		if (*f == 'l') {
			s->longs++;
		} else if (*f == 'z') {
			s->longs = 2;
		} else if (*f == 'h') {
			s->longs--;
		} else {
			return f;
		}
	}
}

static s64 take_signed(const struct spec *s, va_list *ap)
{
	if (s->longs > 0) {
		return va_arg(*ap, long);
	}
	int v = va_arg(*ap, int);

	return s->longs == 0 ? v : s->longs == -1 ? (s16)v : (s8)v;
}

static u64 take_unsigned(const struct spec *s, va_list *ap)
{
	if (s->longs > 0) {
		return va_arg(*ap, unsigned long);
	}
	u32 v = va_arg(*ap, u32);

	return s->longs == 0 ? v : s->longs == -1 ? (u16)v : (u8)v;
}

static void put_hex(struct out *o, const struct spec *s, u64 v, bool upper)
{
	put_number(o, s, v, 16, upper, s->alt && v ? (upper ? "0X" : "0x") : "");
}

static void put_conversion(struct out *o, const struct spec *s, char conv, va_list *ap)
{
	struct spec p = {.precision = 16};
	char c;

	switch (conv) {
	case 'd':
	case 'i': put_signed(o, s, take_signed(s, ap)); break;
	case 'u': put_number(o, s, take_unsigned(s, ap), 10, false, ""); break;
	case 'x':
	case 'X': put_hex(o, s, take_unsigned(s, ap), conv == 'X'); break;
	case 'o': put_number(o, s, take_unsigned(s, ap), 8, false, s->alt ? "0" : ""); break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_field(o, s, "", 0, &c, 1);
		break;
	case 's': put_string(o, s, va_arg(*ap, const char *)); break;
	case 'p': put_number(o, &p, (u64)(uintptr_t)va_arg(*ap, void *), 16, false, "0x"); break;
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
		fmt = parse_spec(fmt + 1, &s, &args);
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
