/*
 * caisson-guard serve            started by the engine with descriptors 3, 4 and 5 (protocol.h)
 * caisson-guard outside          the same in the JVM's own PID namespace: for containers that share it
 * caisson-guard enter            as serve for an ordinary user, with descriptor 6: goes on in that user namespace
 * caisson-guard work             the worker of such an engine, with descriptors 3 and 4 (worker.h)
 * caisson-guard succeed          one that takes the place of a worker that was killed, with descriptors 3, 4 and 6 to 9
 * caisson-guard confine          one program under Landlock alone, with descriptors 0 to 6 (confine.c)
 * caisson-guard hook COUNT PATH...   a hook of an OCI bundle (hook.c)
 * caisson-guard hold             the program of a pod's holder (reaper.c)
 * caisson-guard plan FILE [PATH...]   runs one plan file as an ordinary program; each PATH is opened into the next local slot
 */
#include <string.h>

#include "guard.h"

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "serve"))
        stub_main(false, false);
    if (argc == 2 && !strcmp(argv[1], "outside"))
        stub_main(false, true);
    if (argc == 2 && !strcmp(argv[1], "within"))
        stub_main(true, false);
    if (argc == 2 && !strcmp(argv[1], "enter"))
        enter_main();
    if (argc == 2 && !strcmp(argv[1], "work"))
        worker_main();
    if (argc == 2 && !strcmp(argv[1], "succeed"))
        successor_main();
    if (argc == 2 && !strcmp(argv[1], "confine"))
        confine_main();
    if (argc >= 5 && !strcmp(argv[1], "hook"))
        hook_main(argv);
    if (argc == 2 && !strcmp(argv[1], "hold"))
        hold_main();
    if (argc >= 3 && !strcmp(argv[1], "plan"))
        return plan_main(argc, argv);
    return 2;
}
