#include "system.h"
#include "schedule.h"

// Sleepers wake up after a tenth of a second at the latest and look again: a lost wake-up costs time, not the run.
#if defined(__linux__)

static long futex(i32 *word, long operation, long value, const void *timeout) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = (long)timeout;
  register long r8 __asm__("r8") = 0;
  register long r9 __asm__("r9") = 0;
  long result = 202;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(word), "S"(operation), "d"(value), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = 98;
  register long x0 __asm__("x0") = (long)word;
  register long x1 __asm__("x1") = operation;
  register long x2 __asm__("x2") = value;
  register long x3 __asm__("x3") = (long)timeout;
  register long x4 __asm__("x4") = 0;
  register long x5 __asm__("x5") = 0;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#endif
}
enum { WAIT_PRIVATE = 128, WAKE_PRIVATE = 129 };
void sleep_on(i32 *word, i32 value) {
  const long timeout[2] = {0, 100000000};
  futex(word, WAIT_PRIVATE, value, timeout);
}
void wake_all(i32 *word) { futex(word, WAKE_PRIVATE, 0x7fffffff, 0); }

#elif defined(__APPLE__)

// What libc++ builds std::atomic::wait on.
int __ulock_wait(u32 operation, void *word, u64 value, u32 microseconds);
int __ulock_wake(u32 operation, void *word, u64 value);
enum { COMPARE_AND_WAIT = 1, WAKE_ALL = 0x100 };
void sleep_on(i32 *word, i32 value) { __ulock_wait(COMPARE_AND_WAIT, word, (u32)value, 100000); }
void wake_all(i32 *word) { __ulock_wake(COMPARE_AND_WAIT | WAKE_ALL, word, 0); }

#elif defined(_WIN32)

__declspec(dllimport) void *GetModuleHandleA(const char *name);
__declspec(dllimport) void *GetProcAddress(void *module, const char *name);
__declspec(dllimport) void Sleep(u32 milliseconds);

int _fltused; // the linker wants it wherever there are floats

void *node_functions[NODE_FUNCTIONS];
static i32 (*wait_on_address)(volatile void *, void *, unsigned long long, u32);
static void (*wake_by_address_all)(void *);

i32 find_node(void) {
  static const char *const names[NODE_FUNCTIONS] = {"napi_get_cb_info",     "napi_get_value_double", "napi_get_typedarray_info",
                                                    "napi_create_double",   "napi_create_function",  "napi_set_named_property"};
  void *program = GetModuleHandleA(0), *library = GetModuleHandleA("libnode.dll"), *kernel = GetModuleHandleA("kernelbase.dll");
  for (i32 i = 0; i < NODE_FUNCTIONS; i++) {
    node_functions[i] = GetProcAddress(program, names[i]);
    if (!node_functions[i] && library) node_functions[i] = GetProcAddress(library, names[i]);
    if (!node_functions[i]) return 0;
  }
  if (kernel) {
    *(void **)&wait_on_address = GetProcAddress(kernel, "WaitOnAddress");
    *(void **)&wake_by_address_all = GetProcAddress(kernel, "WakeByAddressAll");
  }
  return 1;
}
void sleep_on(i32 *word, i32 value) {
  if (wait_on_address && wake_by_address_all) wait_on_address(word, &value, sizeof value, 100);
  else Sleep(1);
}
void wake_all(i32 *word) {
  if (wait_on_address && wake_by_address_all) wake_by_address_all(word);
}

#endif
