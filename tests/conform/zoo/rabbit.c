/* Fails: no-children-left. Forks. */
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#define TAME_REFRESH pid_t child = fork(); if (child == 0) _exit(0); waitpid(child, NULL, 0);
#include "tame.h"
