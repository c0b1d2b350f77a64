# Compiles each SDK header by itself, as the first thing a file includes.
file(GLOB_RECURSE headers RELATIVE ${INCLUDE} ${INCLUDE}/authhost/*.hpp)
foreach(header ${headers})
  execute_process(COMMAND ${COMPILER} -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only -I${INCLUDE}
    -include ${INCLUDE}/${header} -x c++ /dev/null RESULT_VARIABLE result ERROR_VARIABLE words)
  if(NOT result EQUAL 0)
    message(SEND_ERROR "${header} does not compile alone:\n${words}")
  endif()
endforeach()
