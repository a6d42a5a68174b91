/* The list of ways out (tests/plugins_hostile/ways_out.h) and whether each works outside of any sandbox.
 * Thread rule: one thread, since it forks. Invariant: nothing is left behind, neither processes nor files. */
#ifndef ATTACK_CONTROLS_H
#define ATTACK_CONTROLS_H

#ifdef __cplusplus
extern "C" {
#endif

int control_count(void);
const char *control_name(int index);
const char *control_tries(int index);
int control_is_endless(int index);
int control_is_spoken(int index);
/* 1 where the way leads out of an ordinary process. `engine_file` is the file that some of them are after. */
int control_works(int index, const char *engine_file);

#ifdef __cplusplus
}
#endif
#endif
