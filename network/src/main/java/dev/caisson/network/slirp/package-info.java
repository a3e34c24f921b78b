/** Networks of ordinary users: slirp4netns(1) or pasta(1), a TCP/IP stack in a process of the user's, one for each container. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.slirp;
