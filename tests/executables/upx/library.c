int hold[2] = {7, 7};
void begin(void) { hold[0]++; }
int answer(int x) { return x + hold[1]; }
