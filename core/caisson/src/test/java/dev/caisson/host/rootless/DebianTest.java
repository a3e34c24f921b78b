package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.RequiresTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Debian, unpacked under the subordinate ids of an ordinary user, in which apt installs and removes; and nothing of it is left when its image is removed. */
@RequiresTool(value = {"apt-get", "dpkg-query", "dpkg-deb", "python3"}, debianPackage = "apt")
@Timeout(300)
class DebianTest extends RootlessTest {
    /** The essential packages of this host, apt, and all that they need: the files as the packages have them, with their owners and modes. */
    private static final String PACKAGES = """
            import os, re, subprocess, sys
            def run(*command): return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            stanzas = {}
            for text in open('/var/lib/dpkg/status').read().split('\\n\\n'):
                fields = dict(re.findall(r'^([A-Za-z-]+): (.*)$', text, re.M))
                if fields.get('Status', '').endswith(' installed'):
                    stanzas.setdefault(fields['Package'], (fields, text))
            provided = {}
            for name, (fields, text) in stanzas.items():
                for each in fields.get('Provides', '').split(','):
                    provided.setdefault(each.split('(')[0].strip(), name)
            wanted = [n for n, (f, t) in stanzas.items() if f.get('Essential') == 'yes'] + ['apt', 'passwd']
            chosen = []
            while wanted:
                name = wanted.pop()
                name = name if name in stanzas else provided.get(name)
                if name and name not in chosen:
                    chosen.append(name)
                    fields = stanzas[name][0]
                    for clause in (fields.get('Depends', '') + ',' + fields.get('Pre-Depends', '')).split(','):
                        wanted += [c for c in (re.split(r'[ (:]', c.strip())[0] for c in clause.split('|')) if c in stanzas or c in provided][:1]
            info = '/var/lib/dpkg/info'
            paths = set()
            for name in chosen:
                for path in run('dpkg-query', '-L', name).split('\\n'):
                    path = path and os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
                    if path and path != '/.' and os.path.lexists(path) and not re.match('/usr/share/(doc|man|locale|info|i18n)/', path):
                        paths.add(path)
                for file in os.listdir(info):
                    if file.split('.')[0].split(':')[0] == name or file.startswith((name + '.', name + ':')):
                        paths.add(info + '/' + file)
            paths |= {'/bin', '/sbin', '/lib', '/lib64'}
            with open(sys.argv[1] + '/paths', 'w') as out:
                out.write(''.join(p[1:] + '\\n' for p in sorted(paths) if os.path.lexists(p)))
            with open(sys.argv[1] + '/status', 'w') as out:
                out.write(''.join(stanzas[n][1] + '\\n\\n' for n in sorted(chosen)))
            """;
    /** What maintainers' scripts make of base-files, base-passwd and apt, and a repository with two packages, of which one needs the other. */
    private static final String FURNISH = """
            mkdir tree
            tar --no-recursion --ignore-failed-read -cf - -C / -T paths | tar -xpf - -C tree --same-owner --numeric-owner
            cp status tree/var/lib/dpkg/status
            cp tree/usr/share/base-passwd/passwd.master tree/etc/passwd
            cp tree/usr/share/base-passwd/group.master tree/etc/group
            grep -q ^_apt: tree/etc/passwd || echo '_apt:x:42:65534::/nonexistent:/usr/sbin/nologin' >> tree/etc/passwd
            sed 's/:.*/:*:1::::::/' tree/etc/passwd > tree/etc/shadow
            chown 0:42 tree/etc/shadow; chmod 640 tree/etc/shadow
            apt=$(grep ^_apt: tree/etc/passwd | cut -d: -f3)
            mkdir -p tree/var/lib/apt/lists/partial tree/var/cache/apt/archives/partial tree/tmp tree/var/mail
            chown $apt:0 tree/var/lib/apt/lists/partial tree/var/cache/apt/archives/partial
            chmod 700 tree/var/lib/apt/lists/partial tree/var/cache/apt/archives/partial
            chmod 1777 tree/tmp
            chown 0:8 tree/var/mail; chmod 2775 tree/var/mail
            mkdir -p tree/repository
            for p in hello-caisson needed-caisson; do
                mkdir -p $p/DEBIAN $p/usr/bin $p/usr/share/$p $p/var/lib/$p
                need=; [ $p = needed-caisson ] || need='Depends: needed-caisson (>= 1), base-files'
                printf 'Package: %s\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: nobody <nobody@example.org>\\n%sDescription: %s\\n' $p "${need:+$need
            }" $p > $p/DEBIAN/control
                printf '#!/bin/sh\\nset -e\\nchown www-data:games /var/lib/%s\\nchmod 2750 /var/lib/%s\\n' $p $p > $p/DEBIAN/postinst
                printf '#!/bin/sh\\necho %s\\n' $p > $p/usr/bin/$p
                chmod 755 $p/DEBIAN/postinst $p/usr/bin/$p
                dpkg-deb --root-owner-group --build $p tree/repository/$p.deb >/dev/null
                dpkg-deb --field tree/repository/$p.deb >> Packages
                echo "Filename: ./$p.deb" >> Packages
                echo "Size: $(stat -c %s tree/repository/$p.deb)" >> Packages
                echo "SHA256: $(sha256sum tree/repository/$p.deb | cut -d' ' -f1)" >> Packages
                echo >> Packages
            done
            mv Packages tree/repository/Packages
            rm -rf tree/etc/apt/sources.list tree/etc/apt/sources.list.d
            mkdir -p tree/etc/apt/sources.list.d
            echo 'deb [trusted=yes] file:/repository ./' > tree/etc/apt/sources.list
            tar --numeric-owner -cf ../debian.tar -C tree .
            """;

    @Test
    void aptInstallsAndRemoves() throws Exception {
        user.withSubordinateIds();
        debian();
        Map<String, String> said = run(DebianLife.class, "apt");
        assertTrue(said.get("owners").startsWith("root:shadow:640|_apt:root:700|root:mail:2775|root:shadow:2755"), said.get("owners"));
        String apt = "hello-caisson|www-data:games:2750|hello-caisson install ok installed|needed-caisson install ok installed|";
        for (String how : List.of("installed", "inside")) {
            assertTrue(said.get(how).contains(apt), how + ": " + said.get(how));
        }
        assertTrue(said.get("inside").endsWith("|removed"), said.get("inside"));
        assertEquals("true", said.get("changes"));
        assertEquals("untouched", said.get("again"), "it was installed in a container, not in the image");
        assertEquals("100", said.get("unknown"), "the control: apt fails where there is no such package");
        assertEquals("[]", said.get("left"));
        assertEquals(List.of(), foreign(), "nobody's but his own");
        try (var layers = Files.list(data().resolve("layers/overlay2"))) {
            assertEquals(List.of(), layers.filter(p -> p.getFileName().toString().length() == 64).toList());
        }
    }

    private void debian() throws Exception {
        Path work = Files.createDirectories(user.home().resolve("debian"));
        run(work, "python3", "-c", PACKAGES, work.toString());
        run(work, "sh", "-ec", FURNISH);
        user.give(user.home().resolve("debian.tar"));
        run(work, "rm", "-rf", work.toString());
    }

    /** Files in his home of any of his subordinate ids. */
    private List<String> foreign() throws IOException {
        Process find = new ProcessBuilder("find", user.home().toString(), "-uid", "+" + OrdinaryUser.uid()).redirectErrorStream(true).start();
        return new String(find.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }

    private static void run(Path where, String... command) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(command).directory(where.toFile()).inheritIO().start().waitFor(), command[0]);
    }
}
