/* Fails: signal-handlers-unchanged. Handles a signal. */
#include <signal.h>
static void howl(int number) { (void)number; }
#define TAME_REFRESH signal(SIGUSR1, howl);
#include "tame.h"
