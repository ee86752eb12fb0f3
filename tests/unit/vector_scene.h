/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fake card with one EC key, whose private number a known answer gives, acquired through md.h; and the way from a
 * peer's point to the bytes of a key in two calls. A failure that no known answer foresees fails the running test.
 */
#ifndef MDP_TESTS_VECTOR_SCENE_H
#define MDP_TESTS_VECTOR_SCENE_H

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/md.h"

struct vector_scene {
	struct md *md;
	struct md_card *card; /* its container 0 is the key; no PIN */
};

/* The card in memory, with the key d (hexadecimal) on a curve of NIST's or OpenSSL's name and nothing else; no PIN. */
void vector_card(const char *curve, const char *d);
/* The same, acquired. */
void vector_scene_open(struct vector_scene *scene, const char *curve, const char *d);
/* End it and free everything; for AUTO(). */
void vector_scene_close(struct vector_scene *scene);
#define AUTO_SCENE AUTO(vector_scene_close) struct vector_scene

/* Decode a point as callers write it, and agree. Errors: those of md_point_decode and md_agree. */
md_err vector_scene_agree(struct vector_scene *scene, struct span point, struct md_agreement **ret_agreement) MUST_USE;

/* Derive by a plan and read the key. Errors: those of md_derive. */
md_err vector_scene_derive(struct md_agreement *agreement, const struct md_kdf_plan *plan, struct secret *ret_key) MUST_USE;

/* Both, and the agreement ended. */
md_err vector_scene_key(struct vector_scene *scene, struct span point, const struct md_kdf_plan *plan,
			struct secret *ret_key) MUST_USE;

/* 04 || x || y. */
#define VECTOR_POINT_ROOM 160u
size_t vector_point(struct span x, struct span y, uint8_t ret_point[VECTOR_POINT_ROOM]);
/* 02 || x or 03 || x, as y is even or odd. */
size_t vector_point_compressed(struct span x, struct span y, uint8_t ret_point[VECTOR_POINT_ROOM]);

/* Curves by the width of their field, in the order in which one is sought that has a point with x = z. NULL: no more. */
struct vector_carrier {
	size_t field_len;
	const char *name;
};
const struct vector_carrier *vector_carrier(size_t i);

/* "SHA256" as md.h names it; a name that is none fails the test. */
enum md_hash vector_hash(const char *name);

#endif
