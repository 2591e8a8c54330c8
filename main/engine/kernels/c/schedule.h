// Running a program on several threads without waiting for anyone who is not working.
//
// All threads take chunks of the current call from one shared ticket: (number of the call << 32 | chunks left). Whoever
// finishes a call's last chunk opens the next call. So a thread that the system has put aside delays only the chunk it
// holds, and none if it holds none; a thread that comes late, or never, changes nothing but speed. A thread with nothing to
// take looks for a few microseconds, then sleeps in the system.
#pragma once
#include "call.h"

// One call of a program, as kernels.ts of the back end encodes it.
typedef struct {
  i32 kernel, chunks;
  double reals[5];
  i32 ints[20];
} Call;
_Static_assert(sizeof(Call) == 128, "the encoder counts on 128 bytes a call");

// Shared by all threads; zeroed at first, but for a ticket that says IDLE. Lines of 64 bytes are kept apart.
typedef struct {
  u64 ticket;      // number of the call << 32 | chunks left; chunks left = IDLE between runs
  u64 pad0[7];     //
  i32 done;        // chunks of the current call that are finished
  i32 pad1[15];    //
  i32 signal;      // the number of the call, to sleep on
  i32 sleepers;    //
  i32 pad2[14];    //
  u32 base, calls; // number of the run's first call, and how many there are
  u64 program, arena, scratch, stride, level; // addresses; stride: scratch floats per thread
  u64 pad3[2];
} Control;
_Static_assert(sizeof(Control) == 256, "the host counts on 256 bytes");

void sleep_on(i32 *word, i32 value); // until woken, or *word is not value, or a while has passed
void wake_all(i32 *word);
const Entry *entries_of(i64 level);

// Count the chunks of each call; the scratch floats a thread needs.
i64 prepare(i64 level, Call *calls, i64 count);
// Run a program as thread 0; returns when all of it is done.
void run_program(Control *control, i64 level, float *arena, float *scratch, i64 stride, const Call *calls, i64 count);
// Help with the current run, if there is one, as thread `thread`.
void help(Control *control, i64 thread);
