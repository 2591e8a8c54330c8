// All kernels for one instruction set: compiled once for each, with LEVEL the name of the table of entries.
#include "convolution.c"
#include "elementwise.c"
#include "filter_gradient.c"
#include "losses.c"
#include "matrices.c"
#include "normalise.c"
#include "optimisers.c"
#include "volumes.c"
#include "peak.c"

#define ENTRY(name) {name, name##_chunks, name##_scratch},
const Entry LEVEL[] = {KERNELS(ENTRY)};
