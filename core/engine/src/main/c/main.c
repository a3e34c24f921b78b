/*
 * caisson-guard serve            started by the engine with descriptors 3, 4 and 5 (protocol.h)
 * caisson-guard plan FILE [PATH...]   runs one plan file as an ordinary program; each PATH is opened into the next local slot
 */
#include <string.h>

#include "guard.h"

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "serve"))
        stub_main();
    if (argc >= 3 && !strcmp(argv[1], "plan"))
        return plan_main(argc, argv);
    return 2;
}
