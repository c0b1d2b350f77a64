/* Is loaded once somebody opens the FIFO beside it, PLUGIN.gate, and writes a line into PLUGIN.count each time that it is asked to. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of a runner's command line the second word is the plugin. */
static void beside(char* out, size_t size, const char* ending) {
  char line[4096] = "";
  const int fd = open("/proc/self/cmdline", O_RDONLY);
  const ssize_t count = read(fd, line, sizeof line - 1);
  close(fd);
  if (count > 0) snprintf(out, size, "%s.%s", line + strlen(line) + 1, ending);
}

__attribute__((constructor)) static void wait(void) {
  char path[4096] = "";
  int fd;
  beside(path, sizeof path, "count");
  fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (write(fd, "\n", 1) != 1) return;
  close(fd);
  beside(path, sizeof path, "gate");
  close(open(path, O_RDONLY));
}
#include "odd.c"
