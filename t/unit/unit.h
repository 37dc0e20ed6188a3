/* unit: what every unit test program includes. Each prints TAP, also when it is run by hand. */
#ifndef SANGDAM_T_UNIT_H
#define SANGDAM_T_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define unit_run(tests) (cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
