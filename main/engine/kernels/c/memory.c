// What the compiler may call though there is no libc.
typedef __SIZE_TYPE__ size;
__attribute__((used, visibility("hidden"))) void *memset(void *to, int value, size count) {
  volatile unsigned char *p = to; // volatile: or this loop would become a call of memset
  while (count--) *p++ = (unsigned char)value;
  return to;
}
__attribute__((used, visibility("hidden"))) void *memcpy(void *to, const void *from, size count) {
  volatile unsigned char *p = to;
  const unsigned char *q = from;
  while (count--) *p++ = *q++;
  return to;
}
