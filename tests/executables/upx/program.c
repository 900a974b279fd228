/* A program of calls and jumps, without the C library: what UPX packs, and filters. */
typedef unsigned long word;
static word called(word number, word first, word second, word third) {
    word result;
#ifdef __x86_64__
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
#else
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
#endif
    return result;
}
#ifdef __x86_64__
enum { WRITE = 1, EXIT = 60 };
#else
enum { WRITE = 4, EXIT = 1 };
#endif
static const char text[] = "The quick brown fox packs five dozen programs\n";
__attribute__((noinline)) static word say(word size) { return called(WRITE, 1, (word)text, size); }
#define F(n) __attribute__((noinline)) static word f##n(word x) { if (x % (n + 3) == 1) { say(x % 40); say(n); say(x + n); } return x * (n * 7 + 5) ^ say(x & n); }
#define T(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
#define C(n) x = f##n##0(x) + f##n##1(x) + f##n##2(x) + f##n##3(x) + f##n##4(x) + f##n##5(x) + f##n##6(x) + f##n##7(x) + f##n##8(x) + f##n##9(x);
T(1) T(2) T(3) T(4) T(5) T(6) T(7) T(8)
void _start(void) { word x = sizeof text; C(1) C(2) C(3) C(4) C(5) C(6) C(7) C(8) called(EXIT, x & 1, 0, 0); for (;;) ; }
