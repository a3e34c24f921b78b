package dev.caisson.core.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ContainerSpec;
import dev.caisson.HealthCheck;
import dev.caisson.InvalidSpec;
import dev.caisson.Mount;
import dev.caisson.RestartPolicy;
import dev.caisson.RootSource;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.UserNamespace;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.spec.EtcFiles;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.TreeCopy;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A spec as an OCI bundle that other runtimes run: its root file system copied, everything that a start would find out (user, environment, capabilities, masks, policy)
 * written down. What a bundle has no words for is refused by name.
 */
final class BundleWriter {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final LocalEngine engine;
    private final RunContext run;
    private final Path bundle;

    private BundleWriter(LocalEngine engine, RunContext run, Path bundle) {
        this.engine = engine;
        this.run = run;
        this.bundle = bundle;
    }

    /** @param run of a container that was made, not started */
    static void write(LocalEngine engine, RunContext run, Path bundle) {
        try {
            new BundleWriter(engine, run, bundle).write();
        } catch (IOException e) {
            throw new StorageProblem(Stage.ROOTFS, "could not write the bundle " + bundle + ": " + e, "give a directory that can be made", e);
        }
    }

    static void check(ContainerSpec spec) {
        ContainerSpec.Life life = spec.life();
        ContainerSpec.Namespaces shared = spec.security().namespaces();
        refuse(spec.root() instanceof RootSource.HostRoot, "hostRoot()", "use an image or rootfs(Path)");
        refuse(spec.oci() != null, "bundle(Path)", "it is one already");
        spec.network().chosen().forEach(e -> refuse(!List.of("none", "host").contains(e.network()), "network(\"" + e.network() + "\")", "networkNone() or networkHost(); a runtime connects nothing"));
        refuse(spec.files().mounts().stream().anyMatch(m -> m instanceof Mount.Volume) || !spec.files().volumesFrom().isEmpty(), "volume(…)", "bind a directory");
        refuse(!spec.files().secrets().isEmpty(), "secret(…)", "bind a file");
        refuse(spec.security().sandbox(), "sandbox()", "give the settings by themselves");
        refuse(spec.security().users() instanceof UserNamespace.Auto, "userns(auto())", "give maps");
        refuse(List.of(shared.ipc(), shared.pid(), shared.uts()).stream().anyMatch(v -> v.startsWith("container:")), "ipcOf(…), pidOf(…), utsOf(…)", "leave them out");
        refuse(spec.process().init(), "init()", "put an init program into the root file system");
        refuse(life.restart().when() != RestartPolicy.When.NO, "restart(" + life.restart() + ")", "leave it out");
        refuse(life.timeout() != null, "timeout(…)", "leave it out");
        refuse(!life.readiness().isEmpty(), "waitFor(…)", "leave it out");
        refuse(!life.health().equals(HealthCheck.OF_IMAGE) && !life.health().equals(HealthCheck.NONE), "health(…)", "leave it out");
        refuse(life.detached(), "detached()", "leave it out");
        refuse(!spec.log().driver().isEmpty(), "logDriver(…)", "leave it out");
    }

    private static void refuse(boolean given, String field, String remedy) {
        if (given) {
            throw new InvalidSpec(field, "cannot be said in an OCI bundle", remedy);
        }
    }

    private void write() throws IOException {
        Files.createDirectories(bundle);
        Path config = bundle.resolve("config.json");
        if (Files.exists(config)) {
            throw new FileAlreadyExistsException(config.toString());
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("ociVersion", "1.0.2"); // nothing newer is said, and older runtimes refuse what they do not know
        BundleProcessJson.write(json.putObject("process"), run.input());
        root(json.putObject("root"));
        if (run.input().spaces().uts() == PlanInput.Space.OWN) {
            json.put("hostname", run.input().hostname());
        }
        if (!run.input().domainName().isEmpty()) {
            json.put("domainname", run.input().domainName());
        }
        BundleMountsJson mounts = new BundleMountsJson(json.putArray("mounts"), run.input());
        mounts.kernel();
        for (Map.Entry<String, String> file : etc().entrySet()) {
            Path source = bundle.resolve("etc-" + file.getKey());
            Files.writeString(source, file.getValue());
            mounts.bind("/etc/" + file.getKey(), source.toString(), List.of("rbind", "rprivate"));
        }
        run.spec().files().mounts().forEach(mounts::users);
        BundleLinuxJson.write(json.putObject("linux"), run.spec(), run.input());
        ObjectNode annotations = json.putObject("annotations");
        run.spec().annotations().forEach(annotations::put);
        Files.write(config, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
    }

    private void root(ObjectNode root) throws IOException {
        if (run.spec().root() instanceof RootSource.Directory directory && directory.writable()) {
            root.put("path", directory.path().toString());
        } else {
            Path copy = Files.createDirectory(bundle.resolve("rootfs"));
            try (Fd target = FileCalls.open(copy, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
                TreeCopy.copy(run.root().root(), target);
            }
            root.put("path", "rootfs");
        }
        root.put("readonly", run.input().root().readOnly());
    }

    /** The engine's own files, as a container without networks has them. */
    private Map<String, String> etc() {
        Map<String, String> files = new LinkedHashMap<>();
        if (run.files().hasEtc()) {
            EtcFiles etc = RootStage.etc(engine, run, run.input().hostname(), run.input().network() == PlanInput.NetworkNamespace.HOST);
            files.put("hostname", etc.hostname());
            files.put("hosts", etc.hosts());
            files.put("resolv.conf", etc.resolvConf());
        }
        return files;
    }
}
