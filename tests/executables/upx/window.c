/* A 64-bit program of Windows, without the C library: calls, jumps, and addresses in its data. */
#include <windows.h>
static const char *const words[] = {"The quick brown fox", "packs five", "dozen programs"};
static volatile unsigned long seen;
#define F(n) __attribute__((noinline)) static unsigned long f##n(unsigned long x) { if (x % (n + 3) == 1) { MessageBoxA(0, words[x % 3], words[n % 3], 0); seen += n; } return x * (n * 7 + 5) ^ (x & n); }
#define T(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
#define C(n) x = f##n##0(x) + f##n##1(x) + f##n##2(x) + f##n##3(x) + f##n##4(x) + f##n##5(x) + f##n##6(x) + f##n##7(x) + f##n##8(x) + f##n##9(x);
T(1) T(2) T(3)
static unsigned long (*const made[])(unsigned long) = {f10, f20, f30, f39};
#ifdef LIBRARY
__declspec(dllexport) unsigned long answer(unsigned long x) { C(1) C(2) C(3) return x + made[x & 3](x); }
BOOL WINAPI begin(HINSTANCE self, DWORD why, LPVOID more) { return TRUE; }
#else
void begin(void) { unsigned long x = sizeof words; C(1) C(2) C(3) ExitProcess(made[x & 3](x) & 1); }
#endif
