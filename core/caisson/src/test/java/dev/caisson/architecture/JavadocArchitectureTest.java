package dev.caisson.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * Whatever users can name has its Javadoc: nothing is missing that the compiler's doclint knows, and no component of a record. A test and no switch of the build, as JDK 17's doclint
 * is wrong about records: it asks for each component once more at a compact constructor, and never at the record itself. Later ones have it the right way round.
 */
class JavadocArchitectureTest {
    private static final Pattern EXPORT = Pattern.compile("exports ([\\w.]+);");
    private static final Pattern COMPACT_CONSTRUCTOR = Pattern.compile("\\s*public \\w+ \\{");

    @Test
    void theApiIsDescribed() throws IOException {
        assertEquals(List.of(), complaints(Path.of("../../api/java/src/main/java"), 150));
    }

    @Test
    void theJunitExtensionIsDescribed() throws IOException {
        assertEquals(List.of(), complaints(Path.of("../../api/junit5/src/main/java"), 5));
    }

    /** @param least how many files there are at least: the control */
    private static List<String> complaints(Path module, int least) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String exported : EXPORT.matcher(Files.readString(module.resolve("module-info.java"))).results().map(m -> m.group(1)).toList()) {
            try (Stream<Path> files = Files.list(module.resolve(exported.replace('.', '/')))) {
                files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        assertTrue(sources.size() > least, "the control: there are files to read");
        List<String> complaints = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(said, Locale.ROOT, StandardCharsets.UTF_8)) {
            List<String> options = List.of("-Xdoclint:all/public", "-Xmaxwarns", "10000", "-Xmaxerrs", "10000", "-proc:none", "-implicit:none");
            JavacTask task = (JavacTask) compiler.getTask(null, files, said, options, null, files.getJavaFileObjectsFromPaths(sources));
            List<CompilationUnitTree> units = new ArrayList<>();
            task.parse().forEach(units::add);
            task.analyze();
            units.forEach(unit -> new Components(DocTrees.instance(task), complaints).scan(unit, null));
        }
        for (Diagnostic<? extends JavaFileObject> each : said.getDiagnostics()) {
            String message = each.getMessage(Locale.ROOT);
            if (each.getKind() != Diagnostic.Kind.NOTE && !(message.contains("no @param") && COMPACT_CONSTRUCTOR.matcher(line(each)).matches())) {
                complaints.add((each.getSource() == null ? "" : each.getSource().getName()) + ":" + each.getLineNumber() + ": " + message);
            }
        }
        return complaints;
    }

    private static String line(Diagnostic<? extends JavaFileObject> each) throws IOException {
        return each.getSource() == null ? "" : each.getSource().getCharContent(true).toString().lines().skip(each.getLineNumber() - 1).findFirst().orElse("");
    }

    /** Looks for components of public records that nothing is said about. */
    private static final class Components extends TreePathScanner<Void, Void> {
        private final DocTrees trees;
        private final List<String> complaints;

        Components(DocTrees trees, List<String> complaints) {
            this.trees = trees;
            this.complaints = complaints;
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            Element element = trees.getElement(getCurrentPath());
            DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
            if (type.getKind() == Tree.Kind.RECORD && comment != null && visible(element)) {
                Set<String> described = comment.getBlockTags().stream().filter(ParamTree.class::isInstance).map(tag -> ((ParamTree) tag).getName().getName().toString()).collect(Collectors.toSet());
                for (Tree member : type.getMembers()) {
                    if (member instanceof VariableTree component && !component.getModifiers().getFlags().contains(Modifier.STATIC) && !described.contains(component.getName().toString())) {
                        complaints.add(element + ": no @param for " + component.getName());
                    }
                }
            }
            return super.visitClass(type, nothing);
        }

        private static boolean visible(Element type) {
            for (Element each = type; each.getKind() != ElementKind.PACKAGE; each = each.getEnclosingElement()) {
                if (!each.getModifiers().contains(Modifier.PUBLIC)) {
                    return false;
                }
            }
            return true;
        }
    }
}
