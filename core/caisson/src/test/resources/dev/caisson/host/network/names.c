/* The addresses of each name given, a line each, as the C library that this is linked with finds them: "name address" or "name -" and why. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
        int error = getaddrinfo(argv[i], NULL, &hints, &found);
        if (error)
            printf("%s - %s\n", argv[i], gai_strerror(error));
        for (struct addrinfo *a = found; a; a = a->ai_next) {
            char text[INET6_ADDRSTRLEN] = "";
            if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0)
                printf("%s %s\n", argv[i], text);
        }
    }
    return 0;
}
