#!/usr/bin/env bash
# self_test.sh COMPILER TOP WORK: abidiff.sh lets an append through and stops at everything else.
set -euo pipefail
compiler=$1 top=$2 work=$3
failed=0

# try WANTED NAME SED-SCRIPT: the headers after the script.
try() {
  local wanted=$1 name=$2 script=$3 got=refused
  mkdir -p "$work/$name/authhost"
  for header in abi.h services.h; do sed "$script" "$top/sdk/include/authhost/$header" >"$work/$name/authhost/$header"; done
  if cat "$work/$name"/authhost/*.h | cmp -s - <(cat "$top"/sdk/include/authhost/{abi,services}.h); then
    echo "$name: the script changed nothing"
    failed=1
  fi
  ! "$top/tests/abi/abidiff/abidiff.sh" "$compiler" "$top" "$work/$name" "$work/$name.work" >"$work/$name.log" 2>&1 || got=accepted
  [ "$got" = "$wanted" ] || { echo "$name: $got, wanted $wanted"; cat "$work/$name.log"; failed=1; }
}

rm -rf "$work"
mkdir -p "$work"
try accepted member_at_the_end 's/^} authhost_host;/  void (*forget)(authhost_call* call);\n&/'
try accepted member_in_each 's/^} \(authhost_[a-z_]*\(credentials\|refresh\|request\|result\|service\)\);/  authhost_str later;\n&/'
try refused member_between 's/^  authhost_str refresh_token;/  int64_t issued_at_ms;\n&/'
try refused member_gone 's/^  int64_t max_output; .*//'
try refused member_wider 's/^  int32_t exit_code; /  int64_t exit_code; /'
try refused parameter_more 's/(\*send)(authhost_call\* call,/& int32_t flags,/'
try refused other_result 's/void (\*wipe)/authhost_status (*wipe)/'
exit "$failed"
