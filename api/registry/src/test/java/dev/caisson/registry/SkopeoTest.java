package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Registry;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.registry.RealRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** skopeo does with our registry what it does with docker's, and with the same digests. */
@Tag("host")
@LeakChecked
class SkopeoTest extends ServedTest {
    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp(@TempDir Path directory) {
        Registry.serve(directory.resolve("registry")).start().close();
    }

    @BeforeEach
    void image() {
        sh("umoci init --layout oci; umoci new --image oci:v1; mkdir -p root/etc; echo hello > root/etc/hello; ln -s hello root/etc/link; head -c 3000000 /dev/urandom > root/big; "
                + "umoci insert --rootless --image oci:v1 root /data; umoci insert --rootless --image oci:v1 root/etc /more");
    }

    private String sh(String script) {
        return Shells.run("cd " + temp + "; " + script).strip();
    }

    @ParameterizedTest
    @EnumSource
    void everythingInEveryWay(Access access) {
        serve(b -> access.settings(b, temp));
        String app = "docker://" + server.host() + "/team/app";
        String to = access.skopeo("--dest-", temp);
        String from = access.skopeo("--src-", temp);
        String at = access.skopeo("--", temp);
        sh("skopeo copy -q " + to + " oci:oci:v1 " + app + ":v1");
        String digest = sh("skopeo inspect " + at + " --format '{{.Digest}}' " + app + ":v1");
        assertEquals(sh("sha256sum < oci/blobs/sha256/$(echo " + digest + " | cut -d: -f2) | cut -d' ' -f1"), digest.substring(7), "byte for byte");
        sh("skopeo copy -q " + from + " " + app + "@" + digest + " oci:back:v1; umoci unpack --rootless --image back:v1 bundle");
        assertEquals("", sh("diff -r --no-dereference root bundle/rootfs/data"));
        sh("skopeo copy -q " + from + " " + to + " " + app + ":v1 docker://" + server.host() + "/other/app:v2");
        sh("skopeo copy -q --format v2s2 " + to + " oci:oci:v1 " + app + ":docker");
        sh("skopeo copy -q " + from + " " + app + ":docker docker-archive:docker.tar:x:y");
        assertEquals("docker v1", sh("skopeo list-tags " + at + " " + app + " | tr -d ' \",[]' | grep -x -e docker -e v1 | xargs"));
        sh("skopeo delete " + at + " " + app + ":v1");
        Shells.fails("skopeo inspect " + at + " " + app + ":v1");
        assertEquals(digest, sh("skopeo inspect " + at + " --format '{{.Digest}}' docker://" + server.host() + "/other/app:v2"));
        if (access.users()) {
            String wrong = Shells.fails("skopeo inspect " + at.replace("creds=me:pw", "creds=me:no") + " docker://" + server.host() + "/other/app:v2");
            assertTrue(wrong.contains("unauthorized") || wrong.contains("invalid username/password"), wrong);
            Shells.fails("skopeo inspect --no-creds " + at.replaceFirst("--creds=\\S+", "") + " docker://" + server.host() + "/other/app:v2");
        }
        if (access.tls()) {
            assertTrue(Shells.fails("skopeo inspect " + at.replaceFirst("--cert-dir=\\S+", "") + " docker://" + server.host() + "/other/app:v2").contains("x509"));
        }
    }

    @Test
    void whoShowsNothingPulls() {
        serve(b -> b.user("me", "pw").tokens(java.time.Duration.ofMinutes(1)).anonymousPull());
        String app = "docker://" + server.host() + "/team/app:v1";
        sh("skopeo copy -q --dest-tls-verify=false --dest-creds me:pw oci:oci:v1 " + app);
        sh("skopeo copy -q --src-no-creds --src-tls-verify=false " + app + " dir:back");
        Shells.fails("cd " + temp + "; skopeo copy -q --dest-no-creds --dest-tls-verify=false oci:oci:v1 " + app);
        Shells.fails("skopeo delete --no-creds --tls-verify=false " + app);
    }

    @Test
    void anIndexOfSeveralPlatforms() {
        serve();
        String app = "docker://" + server.host() + "/team/app";
        sh("umoci new --image oci:v2; umoci config --image oci:v2 --architecture arm64; "
                + "python3 -c \"import json,hashlib;p='oci/index.json';i=json.load(open(p));b=json.dumps({'schemaVersion':2,'mediaType':'application/vnd.oci.image.index.v1+json',"
                + "'manifests':[dict((k,m[k]) for k in ('mediaType','digest','size'))|{'platform':{'os':'linux','architecture':a}} for m,a in zip(i['manifests'],('amd64','arm64'))]}).encode();"
                + "h=hashlib.sha256(b).hexdigest();open('oci/blobs/sha256/'+h,'wb').write(b);"
                + "i['manifests'].append({'mediaType':'application/vnd.oci.image.index.v1+json','digest':'sha256:'+h,'size':len(b),'annotations':{'org.opencontainers.image.ref.name':'all'}});json.dump(i,open(p,'w'))\"");
        sh("skopeo copy -q --all --dest-tls-verify=false oci:oci:all " + app + ":all");
        assertEquals("application/vnd.oci.image.index.v1+json", sh("skopeo inspect --raw --tls-verify=false " + app + ":all | python3 -c \"import json,sys;print(json.load(sys.stdin)['mediaType'])\""));
        assertEquals("arm64", sh("skopeo inspect --tls-verify=false --override-arch arm64 --format '{{.Architecture}}' " + app + ":all"));
    }

    @Test
    void theSameAsDockersRegistry() throws Exception {
        serve();
        try (RealRegistry real = RealRegistry.plain(temp.resolve("real"))) {
            for (String format : new String[] {"oci", "v2s2"}) {
                for (String host : new String[] {real.host(), server.host()}) {
                    sh("skopeo copy -q --format " + format + " --dest-tls-verify=false oci:oci:v1 docker://" + host + "/team/app:" + format);
                }
                String theirs = sh("skopeo inspect --raw --tls-verify=false docker://" + real.host() + "/team/app:" + format);
                assertEquals(theirs, sh("skopeo inspect --raw --tls-verify=false docker://" + server.host() + "/team/app:" + format));
                assertFalse(theirs.isEmpty());
                assertEquals(sh("skopeo inspect --tls-verify=false --format '{{.Digest}} {{.Layers}}' docker://" + real.host() + "/team/app:" + format),
                        sh("skopeo inspect --tls-verify=false --format '{{.Digest}} {{.Layers}}' docker://" + server.host() + "/team/app:" + format));
            }
            Http ours = as("");
            Http theirs = new Http(new java.net.URI("http://" + real.host()), "");
            String layer = sh("skopeo inspect --tls-verify=false --format '{{index .Layers 0}}' docker://" + real.host() + "/team/app:oci");
            for (String[] asked : new String[][] {{"HEAD", "/v2/team/app/blobs/" + layer}, {"GET", "/v2/team/app/blobs/" + layer, "Range", "bytes=5-9"}, {"GET", "/v2/team/app/blobs/" + MISSING},
                {"GET", "/v2/team/app/manifests/nix"}, {"GET", "/v2/nix/tags/list"}, {"GET", "/v2/_catalog?n=1"},
                {"GET", "/v2/team/app/tags/list"}, {"POST", "/v2/x/blobs/uploads/?mount=" + layer + "&from=team/app"}, {"DELETE", "/v2/team/app/manifests/" + MISSING}}) {
                String[] headers = java.util.Arrays.copyOfRange(asked, 2, asked.length);
                assertEquals(summary(theirs.send(asked[0], asked[1], NOTHING, headers)), summary(ours.send(asked[0], asked[1], NOTHING, headers)), () -> String.join(" ", asked));
            }
        }
    }

    /** What clients go by. */
    private static String summary(Http.Answer answer) {
        String code = answer.text().contains("\"errors\"") ? answer.text().replaceFirst("(?s).*\"code\":\"(\\w+)\".*", "$1") : answer.text().length() < 200 ? answer.text().strip() : "";
        return answer.status() + " " + code + " " + answer.header("Docker-Content-Digest") + " " + answer.header("Content-Range") + " "
                + (answer.status() == 200 && code.isEmpty() ? answer.header("Content-Length") : "");
    }
}
