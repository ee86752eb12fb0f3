#include "config.h"
#include "tests/unit/cki_env.h"
static void add(TCase *tc) { (void)tc; }
TEST_MAIN("x", add)
