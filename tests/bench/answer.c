/* The smallest exec plugin in C: reads its request, answers. */
#include <stdio.h>

int main(void) {
  char line[65536];
  if (fgets(line, sizeof line, stdin) == NULL) return 1;
  puts("{\"type\":\"credentials\",\"access_token\":\"t0ken\",\"expires_in\":300}");
  return 0;
}
