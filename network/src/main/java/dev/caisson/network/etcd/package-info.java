/** etcd's v3 API through its JSON gateway: requests and answers as values, and the client that carries them. Knows nothing of networks; every answer is taken for hostile. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.etcd;
