package dev.caisson.logging.tag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.spi.Subject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TagTemplateTest {
    private static final Subject WEB = new Subject("0123456789abcdef", "web", "sha256:fedcba98765432100", "nginx:1.25", List.of("nginx", "-g"), "web-1",
            Instant.EPOCH, Map.of("tier", "front", "a-b", "x"), Map.of());

    private static String render(String template) {
        return TagTemplate.parse(template).render(WEB);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '\'', value = {
        "{{.ID}}                                           ~ 0123456789ab",
        "{{.FullID}}                                       ~ 0123456789abcdef",
        "{{.ImageID}}                                      ~ fedcba987654",
        "{{.ImageFullID}}                                  ~ sha256:fedcba98765432100",
        "{{.ImageName}}/{{.Name}}/{{.ID}}                  ~ nginx:1.25/web/0123456789ab",
        "{{.DaemonName}} {{.Command}} {{.Hostname}}        ~ caisson nginx -g web-1",
        "a {{- .Name -}} b                                 ~ awebb",
        "a {{/* remark */}}b                               ~ a b",
        "{{upper .Name}}{{.Name | upper | lower}}          ~ WEBweb",
        "{{truncate .ID 4}}                                ~ 0123",
        "{{truncate .ID 40}}                               ~ 0123456789ab",
        "[{{pad .Name 1 2}}]                               ~ [ web  ]",
        "{{title \"two words\"}}                           ~ Two Words",
        "{{join (split .ImageName \":\") \"@\"}}           ~ nginx@1.25",
        "{{index (split .ImageName \":\") 1}}              ~ 1.25",
        "{{split .ImageName \":\"}}                        ~ [nginx 1.25]",
        "{{json .Command}}                                 ~ \"nginx -g\"",
        "{{json .ContainerLabels}}                         ~ {\"a-b\":\"x\",\"tier\":\"front\"}",
        "{{.ContainerLabels.tier}}{{index .ContainerLabels \"a-b\"}} ~ frontx",
        "{{(.ContainerLabels).none}}                       ~ ''",
        "{{len .Name}}                                     ~ 3",
        "{{`raw {{ }}`}}                                   ~ raw {{ }}",
        "plain }} text                                     ~ plain }} text"})
    void rendersAsDockerDoes(String template, String expected) {
        assertEquals(expected, render(template));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "{{.Nmae}}                 ~ did you mean '.Name'",
        "{{uper .Name}}            ~ did you mean 'upper'",
        "{{if .Name}}x{{end}}      ~ not possible",
        "{{.Name                   ~ not closed",
        "{{\"open}}                ~ not closed",
        "{{upper}}                 ~ takes 1 arguments, not 0",
        "{{.Name | .ID}}           ~ not a function",
        "{{truncate .ID .Name}}    ~ not a number",
        "{{.Name.first}}           ~ no field",
        "{{}}                      ~ begins no value",
        "{{(.Name}}                ~ not closed"})
    void refusesWithTheNearestWord(String template, String why) {
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> render(template));
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
        assertTrue(refused.getMessage().contains(template), refused.getMessage());
    }

    @Property
    void anyTextIsATagOrRefused(@ForAll("templates") String template) {
        try {
            render(template);
        } catch (InvalidSpec refused) {
            assertTrue(refused.getMessage().contains("log option tag"));
        }
    }

    @Property
    void textWithoutBracesIsItself(@ForAll String text) {
        if (!text.contains("{{")) {
            assertEquals(text, render(text));
        }
    }

    @Provide
    Arbitrary<String> templates() {
        Arbitrary<String> near = Arbitraries.of("{{", "}}", "-", " ", ".", "ID", ".Name", "upper", "index", "truncate", "pad", "split", "(", ")", "|", "\"", "\\", "`",
                "1", "99999999", "/*", "*/", "len", ".ContainerLabels").list().ofMaxSize(16).map(parts -> "{{" + String.join("", parts) + "}}");
        return Arbitraries.oneOf(near, Arbitraries.strings().ofMaxLength(40), Arbitraries.integers().between(1, 20_000).map(n -> "{{" + "(".repeat(n)));
    }
}
