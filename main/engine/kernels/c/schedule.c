#include "schedule.h"

#define IDLE 0xffffffffu
#define LOAD(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define STORE(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)

enum { LOOKS = 400 }; // before a thread sleeps: some microseconds

INLINE void breathe(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb"); // long enough to be a pause; `yield` does nothing on most cores
#endif
}

i64 prepare(i64 level, Call *calls, i64 count) {
  const Entry *entries = entries_of(level);
  i64 scratch = 0;
  for (i64 i = 0; i < count; i++) {
    const Entry *e = entries + calls[i].kernel;
    calls[i].chunks = (i32)e->chunks(calls[i].ints);
    scratch = max64(scratch, e->scratch(calls[i].ints));
  }
  return scratch;
}

INLINE u64 ticket_of(u32 number, u32 left) { return (u64)number << 32 | left; }

// Open call `number`, or end the run.
static void open_call(Control *c, u32 number) {
  const u32 i = number - c->base;
  STORE(&c->done, 0);
  STORE(&c->ticket, ticket_of(number, i < c->calls ? (u32)((const Call *)c->program)[i].chunks : IDLE));
  STORE(&c->signal, (i32)number);
  if (LOAD(&c->sleepers)) wake_all(&c->signal);
}

void help(Control *c, i64 thread) {
  for (;;) {
    u64 ticket = LOAD(&c->ticket);
    const u32 number = (u32)(ticket >> 32), left = (u32)ticket;
    if (left == IDLE) return;
    if (left == 0) {
      i32 looks = LOOKS;
      while (LOAD(&c->ticket) == ticket && --looks) breathe();
      if (looks) continue;
      __atomic_add_fetch(&c->sleepers, 1, __ATOMIC_SEQ_CST);
      // `signal` follows the ticket: where it is already ahead, sleep_on returns at once.
      if (LOAD(&c->ticket) == ticket) sleep_on(&c->signal, (i32)number);
      __atomic_sub_fetch(&c->sleepers, 1, __ATOMIC_SEQ_CST);
      continue;
    }
    if (!__atomic_compare_exchange_n(&c->ticket, &ticket, ticket - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) continue;
    // The chunk is ours, so the run cannot end, nor its description change, before we are done with it.
    const Call *call = (const Call *)c->program + (number - c->base);
    const i64 chunk = call->chunks - (i64)left;
    entries_of((i64)c->level)[call->kernel].run((float *)c->arena, call->ints, call->reals, chunk, call->chunks,
                                                (float *)c->scratch + (i64)c->stride * thread);
    if (__atomic_add_fetch(&c->done, 1, __ATOMIC_SEQ_CST) == call->chunks) open_call(c, number + 1);
  }
}

void run_program(Control *c, i64 level, float *arena, float *scratch, i64 stride, const Call *calls, i64 count) {
  const u32 number = (u32)(LOAD(&c->ticket) >> 32) + 1;
  c->base = number;
  c->calls = (u32)count;
  c->program = (u64)calls;
  c->arena = (u64)arena;
  c->scratch = (u64)scratch;
  c->stride = (u64)stride;
  c->level = (u64)level;
  open_call(c, number);
  help(c, 0);
}
