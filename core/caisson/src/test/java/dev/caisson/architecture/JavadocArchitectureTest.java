package dev.caisson.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeKind;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Whatever users can call has its Javadoc: nothing is missing that the compiler's doclint knows, no component of a record, and nothing of what builders inherit. A test and no switch of
 * the build, as JDK 17's doclint is wrong about records: it asks for each component once more at a compact constructor, and never at the record itself. Later ones have it the right way round.
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
            List<String> options = List.of("-Xdoclint:all/protected", "-Xmaxwarns", "10000", "-Xmaxerrs", "10000", "-proc:none", "-implicit:none");
            JavacTask task = (JavacTask) compiler.getTask(null, files, said, options, null, files.getJavaFileObjectsFromPaths(sources));
            List<CompilationUnitTree> units = new ArrayList<>();
            task.parse().forEach(units::add);
            task.analyze();
            Overlooked overlooked = new Overlooked(DocTrees.instance(task), complaints);
            units.forEach(overlooked::heirs);
            units.forEach(unit -> overlooked.scan(unit, null));
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

    /** Looks for what doclint passes over: components of records, and methods that public classes inherit from one that is not public. */
    private static final class Overlooked extends TreePathScanner<Void, Void> {
        private final DocTrees trees;
        private final List<String> complaints;
        private final Set<Element> ancestors = new HashSet<>();

        Overlooked(DocTrees trees, List<String> complaints) {
            this.trees = trees;
            this.complaints = complaints;
        }

        /** Notes whom the public classes of a file inherit from. */
        void heirs(CompilationUnitTree unit) {
            for (Tree declared : unit.getTypeDecls()) {
                Element element = trees.getElement(new TreePath(new TreePath(unit), declared));
                while (element instanceof TypeElement type && (visible(type) || ancestors.contains(type)) && type.getSuperclass() instanceof DeclaredType above) {
                    element = above.asElement();
                    ancestors.add(element);
                }
            }
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            Element element = trees.getElement(getCurrentPath());
            if (type.getKind() == Tree.Kind.RECORD && visible(element)) {
                described(element, type.getMembers().stream().filter(m -> m instanceof VariableTree component && !component.getModifiers().getFlags().contains(Modifier.STATIC))
                        .map(VariableTree.class::cast).toList());
            }
            return super.visitClass(type, nothing);
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            ExecutableElement element = (ExecutableElement) trees.getElement(getCurrentPath());
            Element type = element.getEnclosingElement();
            if (element.getModifiers().contains(Modifier.PUBLIC) && !visible(type) && ancestors.contains(type)) {
                DocCommentTree comment = described(element, method.getParameters());
                boolean returns = comment != null && Stream.of(comment.getBlockTags(), comment.getFullBody()).flatMap(List::stream).anyMatch(ReturnTree.class::isInstance);
                if (comment == null || !returns && element.getReturnType().getKind() != TypeKind.VOID) {
                    complaints.add(name(element) + (comment == null ? ": no comment" : ": no @return"));
                }
            }
            return super.visitMethod(method, nothing);
        }

        /** What the comment at the current path says, which should be something of each of these. */
        private @Nullable DocCommentTree described(Element element, List<? extends VariableTree> parts) {
            DocCommentTree comment = trees.getDocCommentTree(getCurrentPath());
            List<? extends DocTree> tags = comment == null ? List.of() : comment.getBlockTags();
            Set<String> names = tags.stream().filter(ParamTree.class::isInstance).map(tag -> ((ParamTree) tag).getName().getName().toString()).collect(Collectors.toSet());
            parts.stream().filter(part -> !names.contains(part.getName().toString())).forEach(part -> complaints.add(name(element) + ": no @param for " + part.getName()));
            return comment;
        }

        private static String name(Element element) {
            return element instanceof TypeElement ? element.toString() : element.getEnclosingElement() + "." + element;
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
