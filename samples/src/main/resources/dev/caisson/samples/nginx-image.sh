#!/bin/sh
# Called by mmdebstrap with the new root: lays Debian's nginx out as Docker Hub's image does.
set -eu
root=$1

chroot "$root" groupadd --system --gid 101 nginx
chroot "$root" useradd --system --uid 101 --gid nginx --home-dir /nonexistent --no-create-home \
  --shell /bin/false --comment 'nginx user' nginx

rm -rf "$root"/etc/nginx/sites-* "$root"/etc/nginx/modules-* "$root"/etc/nginx/snippets "$root"/var/www "$root"/var/lib/nginx
cat >"$root/etc/nginx/nginx.conf" <<'CONF'
user  nginx;
worker_processes  auto;
error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" "$http_user_agent"';
    access_log  /var/log/nginx/access.log  main;
    sendfile        on;
    keepalive_timeout  65;

    # Docker Hub's nginx is compiled with these directories, Debian's with others.
    client_body_temp_path  /var/cache/nginx/client_temp;
    proxy_temp_path        /var/cache/nginx/proxy_temp;
    fastcgi_temp_path      /var/cache/nginx/fastcgi_temp;
    uwsgi_temp_path        /var/cache/nginx/uwsgi_temp;
    scgi_temp_path         /var/cache/nginx/scgi_temp;

    include /etc/nginx/conf.d/*.conf;
}
CONF
cat >"$root/etc/nginx/conf.d/default.conf" <<'CONF'
server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }
}
CONF

mkdir -p "$root/var/cache/nginx" "$root/var/log/nginx"
chroot "$root" chown nginx:root /var/cache/nginx
ln -sf /dev/stdout "$root/var/log/nginx/access.log"
ln -sf /dev/stderr "$root/var/log/nginx/error.log"

# mmdebstrap copies these from the host that builds.
rm -f "$root/etc/resolv.conf" "$root/etc/hostname"
