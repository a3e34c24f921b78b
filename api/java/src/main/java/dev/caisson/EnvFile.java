package dev.caisson;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Docker's files of variables and labels ({@code --env-file}, {@code --label-file}): a {@code KEY=VALUE} a line, taken as it is, without quotes or escapes; lines that begin
 * with {@code #} and empty ones are passed over. A key alone is looked up by whoever reads.
 */
final class EnvFile {
    private static final String BYTE_ORDER_MARK = "\ufeff";

    /** A line that means nothing. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private EnvFile() {}

    /** @param alone what a key without {@code =} comes to; null for nothing */
    static Map<String, String> read(Path file, UnaryOperator<@Nullable String> alone) throws Malformed {
        try {
            return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString(), alone);
        } catch (CharacterCodingException e) {
            throw new Malformed("is not UTF-8");
        } catch (IOException e) {
            throw new Malformed("cannot be read: " + e);
        }
    }

    static Map<String, String> parse(String text, UnaryOperator<@Nullable String> alone) throws Malformed {
        Map<String, String> all = new LinkedHashMap<>();
        String[] lines = (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).split("\r?\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].stripLeading();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            String key = equals < 0 ? line : line.substring(0, equals);
            if (key.isEmpty() || key.chars().anyMatch(Character::isWhitespace) || line.indexOf('\0') >= 0) {
                throw new Malformed("line " + (i + 1) + " is no KEY=VALUE: '" + key.replace('\0', '?') + "' " + (key.isEmpty() ? "names nothing" : "has a blank or a NUL"));
            }
            String value = equals < 0 ? alone.apply(key) : line.substring(equals + 1);
            if (value != null) {
                all.put(key, value);
            }
        }
        return all;
    }
}
