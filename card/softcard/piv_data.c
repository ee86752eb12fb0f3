/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GET DATA and PUT DATA (SP 800-73-4 part 2, 3.1.2 and 3.3.2). */
#include "config.h"

#include "card/softcard/piv_commands.h"
#include "card/softcard/piv_objects.h"
#include "card/softcard/reference.h"
#include "card/softcard/tlv.h"

#define TAG_LIST 0x5Cu
#define TAG_MAX_LEN 3u

/* Objects that are read with the PIN only (part 1, table 2). */
static const uint32_t pin_objects[] = {
	0x5FC103, /* fingerprints */
	0x5FC108, /* facial image */
	0x5FC109, /* printed information */
	0x5FC121, /* iris images */
};

static bool needs_pin(uint32_t tag)
{
	for (size_t i = 0; i < ARRAY_COUNT(pin_objects); i++)
		if (pin_objects[i] == tag)
			return true;
	return false;
}

/* The tag that a tag list 5C with one tag in it names. */
static bool read_tag(struct span list, uint32_t *ret_tag)
{
	if (list.len == 0 || list.len > TAG_MAX_LEN)
		return false;
	*ret_tag = 0;
	for (size_t i = 0; i < list.len; i++)
		*ret_tag = *ret_tag << 8 | list.data[i];
	return true;
}

unsigned piv_get_data(struct piv *piv, const struct apdu *apdu, struct secret *answer)
{
	struct span list;
	uint32_t tag;
	size_t index;
	const struct secret *object;

	if (apdu->p1 != 0x3F || apdu->p2 != 0xFF)
		return SW_WRONG_P1_P2;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	if (!tlv_only(apdu->data, TAG_LIST, &list) || !read_tag(list, &tag))
		return SW_WRONG_DATA;
	/* Before it is said whether the object is there: that is not for everybody to know either. */
	if (needs_pin(tag) && !piv->pin_verified)
		return SW_SECURITY_STATUS;
	index = state_object_index(STATE_PIV, tag);
	if (index == STATE_NONE)
		return SW_NOT_FOUND;
	object = &store_state(piv->store)->objects[index];
	if (object->data == NULL)
		return SW_NOT_FOUND;
	return secret_set(answer, secret_span(object)) ? SW_OK : SW_MEMORY_FAILURE;
}

/* What PUT DATA brings: a tag list and 53, or one of the two objects that bring their own tag. */
struct put {
	uint32_t tag;
	struct span object; /* with its outer tag */
	struct span content;
};

static bool read_put(struct span data, struct put *put)
{
	struct span rest = data;
	struct tlv tlv;

	if (!tlv_take(&rest, &tlv))
		return false;
	if (tlv.tag != TAG_LIST) {
		put->tag = tlv.tag;
		put->object = data;
		put->content = tlv.value;
		return (tlv.tag == PIV_TAG_DISCOVERY || tlv.tag == PIV_TAG_BIOMETRIC_GROUP) && rest.len == 0;
	}
	if (!read_tag(tlv.value, &put->tag))
		return false;
	put->object = rest;
	if (put->tag == PIV_TAG_DISCOVERY || put->tag == PIV_TAG_BIOMETRIC_GROUP)
		return tlv_only(rest, put->tag, &put->content);
	return tlv_only(rest, PIV_OBJECT, &put->content);
}

/* There is one PIN, and a discovery object that said anything else would lie. */
static bool is_own_discovery(struct span object)
{
	AUTO_SECRET own = SECRET_INIT;

	return piv_build_discovery(&own) && span_equal(object, secret_span(&own));
}

unsigned piv_put_data(struct piv *piv, const struct apdu *apdu, struct secret *answer UNUSED)
{
	struct put put;
	struct secret *object;
	size_t index;

	if (apdu->p1 != 0x3F || apdu->p2 != 0xFF)
		return SW_WRONG_P1_P2;
	if (!piv->admin)
		return SW_SECURITY_STATUS;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	if (!read_put(apdu->data, &put))
		return SW_WRONG_DATA;
	index = state_object_index(STATE_PIV, put.tag);
	if (index == STATE_NONE)
		return SW_NOT_SUPPORTED;
	if (put.tag == PIV_TAG_DISCOVERY && !is_own_discovery(put.object))
		return SW_WRONG_DATA;
	if (put.object.len > STATE_OBJECT_MAX)
		return SW_NO_MEMORY;
	object = &store_state(piv->store)->objects[index];
	/* An object without content is no longer there. */
	if (put.content.len == 0)
		secret_clear(object);
	else if (!secret_set(object, put.object))
		return SW_MEMORY_FAILURE;
	return reference_commit(piv->store);
}
