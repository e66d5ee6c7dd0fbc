#include "json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
	DEPTH_MAX = 32,
	PATH_MAX_TEXT = PARAM_NAME_MAX + 1,
};

/* The path of the value that is being read. It is cut where it grows too long. */
struct path {
	char text[PATH_MAX_TEXT];
	size_t len;
};

static void path_add(struct path *path, const char *text, size_t len)
{
	size_t room = sizeof(path->text) - 1 - path->len;
	len = len < room ? len : room;
	memcpy(path->text + path->len, text, len);
	path->len += len;
	path->text[path->len] = '\0';
}

static void path_add_key(struct path *path, const char *key, size_t len)
{
	if (path->len > 0)
		path_add(path, ".", 1);
	path_add(path, key, len);
}

static void path_add_index(struct path *path, size_t index)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "[%zu]", index);
	path_add(path, text, (size_t)n);
}

static void path_cut(struct path *path, size_t len)
{
	path->len = len;
	path->text[len] = '\0';
}

static void add_value(struct params *p, const struct path *path, const char *value, size_t len)
{
	params_add(p, SOURCE_JSON, 0, path->text, path->len, value, len);
}

static void add_scalar(struct params *p, const struct path *path, const json_t *value)
{
	char text[64];
	int n = 0;
	switch (json_typeof(value)) {
	case JSON_STRING:
		add_value(p, path, json_string_value(value), json_string_length(value));
		return;
	case JSON_INTEGER:
		n = snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		n = snprintf(text, sizeof(text), "%.17g", json_real_value(value));
		break;
	case JSON_TRUE:
		n = snprintf(text, sizeof(text), "true");
		break;
	case JSON_FALSE:
		n = snprintf(text, sizeof(text), "false");
		break;
	default:
		return;
	}
	add_value(p, path, text, (size_t)n);
}

/* Recursion ends at DEPTH_MAX: is_shallow has looked. */
static void walk(struct params *p, struct path *path, json_t *value)
{
	size_t len = path->len;
	if (json_is_object(value)) {
		const char *key;
		json_t *member;
		json_object_foreach(value, key, member)
		{
			path_add_key(path, key, strlen(key));
			walk(p, path, member);
			path_cut(path, len);
		}
	} else if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value) && p->n < PARAMS_MAX; i++) {
			path_add_index(path, i);
			walk(p, path, json_array_get(value, i));
			path_cut(path, len);
		}
	} else {
		add_scalar(p, path, value);
	}
}

/* No deeper than DEPTH_MAX, so that the library's recursion and ours stay small. */
static bool is_shallow(const char *text, size_t len)
{
	size_t depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				in_string = false;
		} else if (text[i] == '"') {
			in_string = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if ((text[i] == '}' || text[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

/* What the tolerant reader knows of the objects and arrays around it. */
struct level {
	size_t path_len, index;
	bool is_array;
};

struct scan {
	struct params *p;
	struct path path;
	struct level levels[DEPTH_MAX];
	size_t depth;
	bool has_key; /* path ends with the key of the value to come */
};

static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
	case 'b':
	case 'f':
		return ' ';
	default:
		return c;
	}
}

static size_t put_utf8(char *out, unsigned code)
{
	if (code == 0)
		code = ' ';
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 63));
	out[2] = (char)(0x80 | (code & 63));
	return 3;
}

static bool read_hex4(const char *text, unsigned *ret_code)
{
	unsigned code = 0;
	for (int i = 0; i < 4; i++) {
		char c = text[i];
		unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
			     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
			     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
						    : 16;
		if (d == 16)
			return false;
		code = code << 4 | d;
	}
	*ret_code = code;
	return true;
}

/* A string behind its opening quote, unescaped into out. returns: bytes read, with the closing quote if there
 * is one. */
static size_t read_string(const char *text, size_t len, char out[PARAM_VALUE_MAX], size_t *ret_len)
{
	size_t i = 0, n = 0;
	for (; i < len && text[i] != '"'; i++) {
		char c = text[i];
		unsigned code = 0;
		if (c == '\\' && i + 1 < len) {
			i++;
			if (text[i] == 'u' && len - i > 4 && read_hex4(text + i + 1, &code)) {
				i += 4;
				if (n + 3 < PARAM_VALUE_MAX)
					n += put_utf8(out + n, code);
				continue;
			}
			c = unescape(text[i]);
		}
		if (n < PARAM_VALUE_MAX)
			out[n++] = c;
	}
	*ret_len = n;
	return i < len ? i + 1 : i;
}

static struct level *inner(struct scan *s)
{
	return s->depth > 0 ? &s->levels[s->depth - 1] : NULL;
}

/* Before a value: in an array the path gets its index. */
static void begin_value(struct scan *s)
{
	struct level *l = inner(s);
	if (!l || !l->is_array)
		return;
	path_cut(&s->path, l->path_len);
	path_add_index(&s->path, l->index);
}

static void end_value(struct scan *s)
{
	struct level *l = inner(s);
	if (l)
		path_cut(&s->path, l->path_len);
	s->has_key = false;
}

static bool open_level(struct scan *s, bool is_array)
{
	begin_value(s);
	if (s->depth == DEPTH_MAX)
		return false;
	s->levels[s->depth++] = (struct level){ s->path.len, 0, is_array };
	s->has_key = false;
	return true;
}

static void close_level(struct scan *s)
{
	if (s->depth > 0)
		s->depth--;
	end_value(s);
}

static size_t scan_string(struct scan *s, const char *text, size_t len)
{
	char value[PARAM_VALUE_MAX];
	size_t value_len = 0;
	size_t n = read_string(text, len, value, &value_len);
	struct level *l = inner(s);
	if (l && !l->is_array && !s->has_key) {
		path_cut(&s->path, l->path_len);
		path_add_key(&s->path, value, value_len < PATH_MAX_TEXT ? value_len : PATH_MAX_TEXT);
		s->has_key = true;
		return n;
	}
	begin_value(s);
	if (l)
		add_value(s->p, &s->path, value, value_len);
	end_value(s);
	return n;
}

static size_t scan_bare(struct scan *s, const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && !memchr(",]} \t\r\n\"[{:", text[n], 12))
		n++;
	begin_value(s);
	if (inner(s) && n > 0 && n < 64 && !(n == 4 && memcmp(text, "null", 4) == 0))
		add_value(s->p, &s->path, text, n);
	end_value(s);
	return n ? n : 1;
}

/* Reads what there is of a text that is cut, wrong, or several texts one after another. */
static void scan_text(struct params *p, const struct path *prefix, const char *text, size_t len)
{
	struct scan s = { .p = p, .path = *prefix };
	for (size_t i = 0; i < len && p->n < PARAMS_MAX;) {
		switch (text[i]) {
		case '{':
		case '[':
			if (!open_level(&s, text[i] == '['))
				return;
			i++;
			break;
		case '}':
		case ']':
			close_level(&s);
			if (s.depth == 0)
				s.path = *prefix;
			i++;
			break;
		case '"':
			i += 1 + scan_string(&s, text + i + 1, len - i - 1);
			break;
		case ',':
			if (inner(&s))
				inner(&s)->index++;
			i++;
			break;
		case ':':
		case ' ':
		case '\t':
		case '\r':
		case '\n':
			i++;
			break;
		default:
			i += scan_bare(&s, text + i, len - i);
		}
	}
}

bool json_params(struct params *p, const char *prefix, const char *text, size_t len)
{
	struct path path = { .len = 0 };
	path_add(&path, prefix, strlen(prefix));
	json_error_t ignored;
	json_t *root = is_shallow(text, len) ? json_loadb(text, len, JSON_ALLOW_NUL, &ignored) : NULL;
	if (!root) {
		scan_text(p, &path, text, len);
		return false;
	}
	walk(p, &path, root);
	json_decref(root);
	return true;
}
