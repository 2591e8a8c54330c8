// What differs between operating systems: sleeping on a word of memory, and finding Node's functions.
#pragma once
#include "base.h"

#if defined(_WIN32)
// Node's functions live in the program itself, whatever its name (node.exe, electron.exe): looked up, not linked.
i32 find_node(void);
#define NODE(name) (*(__typeof__(&name))node_functions[name##_index])
enum {
  napi_get_cb_info_index, napi_get_value_double_index, napi_get_typedarray_info_index, napi_create_double_index,
  napi_create_function_index, napi_set_named_property_index, NODE_FUNCTIONS
};
extern void *node_functions[NODE_FUNCTIONS];
#else
INLINE i32 find_node(void) { return 1; }
#define NODE(name) name
#endif
