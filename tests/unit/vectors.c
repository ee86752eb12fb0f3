/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/vectors.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"

#define LINE_ROOM 40960u
/* With TEST_THIN: so many records of a file, and then each so-many-th. */
#define THIN_WHOLE 8u
#define THIN_STEP 41u

struct field {
	char *key;
	char *text;
	uint8_t *bytes; /* NULL: the text is not hexadecimal */
	size_t len;
};

struct record {
	size_t line;  /* in the file, where it begins */
	size_t first; /* of its fields */
};

struct vectors {
	char name[64];
	struct field *fields; /* in the order of the file */
	size_t field_count;
	struct record *records;
	size_t record_count;
	size_t in_file; /* records, those that are left out among them */
};

static void *grown(void *array, size_t count, size_t size)
{
	void *larger = realloc(array, (count + 1u) * size);

	ck_assert_ptr_nonnull(larger);
	return larger;
}

static char *trimmed(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1u]) != NULL)
		text[--len] = '\0';
	return text;
}

static int nibble(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

static bool hex_decode(const char *text, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = nibble(text[2u * i]);
		int low = nibble(text[2u * i + 1u]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void field_decode(struct field *field)
{
	size_t digits = strlen(field->text);
	uint8_t *bytes = malloc(digits / 2u + 1u);

	ck_assert_ptr_nonnull(bytes);
	if (digits % 2u != 0 || !hex_decode(field->text, bytes, digits / 2u)) {
		free(bytes);
		return;
	}
	field->bytes = bytes;
	field->len = digits / 2u;
}

static void record_begin(struct vectors *vectors, size_t line)
{
	vectors->records = grown(vectors->records, vectors->record_count, sizeof(*vectors->records));
	vectors->records[vectors->record_count++] = (struct record){ .line = line, .first = vectors->field_count };
}

static void field_add(struct vectors *vectors, const char *key, const char *text)
{
	struct field field = { .key = strdup(key), .text = strdup(text) };

	ck_assert_ptr_nonnull(field.key);
	ck_assert_ptr_nonnull(field.text);
	field_decode(&field);
	vectors->fields = grown(vectors->fields, vectors->field_count, sizeof(field));
	vectors->fields[vectors->field_count++] = field;
}

static void line_split(struct vectors *vectors, char *line, size_t number)
{
	char *equals = strchr(line, '=');

	ck_assert_msg(equals != NULL, "%s:%zu: not `key = value`", vectors->name, number);
	*equals = '\0';
	field_add(vectors, trimmed(line), trimmed(equals + 1));
}

static void file_parse(struct vectors *vectors, FILE *file)
{
	char line[LINE_ROOM];
	const size_t step = test_step(THIN_STEP);
	bool inside = false;
	bool taken = false;

	for (size_t number = 1; fgets(line, sizeof(line), file) != NULL; number++) {
		char *text = trimmed(line);

		ck_assert_msg(strlen(line) + 1u < sizeof(line), "%s:%zu: too long", vectors->name, number);
		if (*text == '#')
			continue;
		if (*text == '\0') {
			inside = false;
			continue;
		}
		if (!inside) {
			taken = vectors->in_file < THIN_WHOLE || vectors->in_file % step == 0;
			vectors->in_file++;
			if (taken)
				record_begin(vectors, number);
		}
		inside = true;
		if (taken)
			line_split(vectors, text, number);
	}
}

struct vectors *vectors_load(const char *name)
{
	struct vectors *vectors = calloc(1, sizeof(*vectors));
	char path[4096];
	FILE *file;

	ck_assert_ptr_nonnull(vectors);
	snprintf(vectors->name, sizeof(vectors->name), "%s", name);
	snprintf(path, sizeof(path), "%s/tests/vectors/%s", TEST_SRCDIR, name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s cannot be opened", path);
	file_parse(vectors, file);
	ck_assert_msg(ferror(file) == 0, "%s cannot be read", path);
	fclose(file);
	ck_assert_msg(vectors->record_count > 0, "%s has no records", path);
	return vectors;
}

void vectors_free(struct vectors **vectors)
{
	if (*vectors == NULL)
		return;
	for (size_t i = 0; i < (*vectors)->field_count; i++) {
		free((*vectors)->fields[i].key);
		free((*vectors)->fields[i].text);
		free((*vectors)->fields[i].bytes);
	}
	free((*vectors)->fields);
	free((*vectors)->records);
	free(*vectors);
	*vectors = NULL;
}

size_t vectors_count(const struct vectors *vectors)
{
	return vectors->record_count;
}

size_t vectors_in_file(const struct vectors *vectors)
{
	return vectors->in_file;
}

static const struct field *field_find(const struct vectors *vectors, size_t record, const char *key)
{
	const bool last = record + 1u >= vectors->record_count;
	const size_t end = last ? vectors->field_count : vectors->records[record + 1u].first;

	ck_assert_uint_lt(record, vectors->record_count);
	for (size_t i = vectors->records[record].first; i < end; i++) {
		if (strcmp(vectors->fields[i].key, key) == 0)
			return &vectors->fields[i];
	}
	return NULL;
}

bool vectors_has(const struct vectors *vectors, size_t record, const char *key)
{
	return field_find(vectors, record, key) != NULL;
}

static const struct field *field_get(const struct vectors *vectors, size_t record, const char *key)
{
	const struct field *field = field_find(vectors, record, key);

	ck_assert_msg(field != NULL, "%s:%zu: no %s", vectors->name, vectors_line(vectors, record), key);
	return field;
}

const char *vectors_text(const struct vectors *vectors, size_t record, const char *key)
{
	return field_get(vectors, record, key)->text;
}

bool vectors_is(const struct vectors *vectors, size_t record, const char *key, const char *value)
{
	const struct field *field = field_find(vectors, record, key);

	return field != NULL && strcmp(field->text, value) == 0;
}

struct span vectors_bytes(const struct vectors *vectors, size_t record, const char *key)
{
	const struct field *field = field_get(vectors, record, key);

	ck_assert_msg(field->bytes != NULL, "%s:%zu: %s is not hexadecimal", vectors->name,
		      vectors_line(vectors, record), key);
	return span_of(field->bytes, field->len);
}

size_t vectors_line(const struct vectors *vectors, size_t record)
{
	ck_assert_uint_lt(record, vectors->record_count);
	return vectors->records[record].line;
}
