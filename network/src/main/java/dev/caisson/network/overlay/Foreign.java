package dev.caisson.network.overlay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.network.rtnetlink.Prefix;
import java.io.IOException;

/** Values that somebody else wrote: read strictly, with a limit of size, or refused with the reason. Pure. */
final class Foreign {
    private static final int MAX_BYTES = 16 << 10;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder().streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(4).maxNumberLength(16).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Foreign() {}

    /** It is not what it should be; the message says how. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why, null, false, false);
        }
    }

    static JsonNode object(byte[] value) throws Refused {
        if (value.length > MAX_BYTES) {
            throw new Refused("it is longer than " + MAX_BYTES + " bytes");
        }
        try {
            JsonNode node = JSON.readTree(value);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (IOException e) {
            // said below
        }
        throw new Refused("it is no JSON object");
    }

    static String text(JsonNode object, String name) throws Refused {
        JsonNode value = object.path(name);
        if (!value.isTextual()) {
            throw new Refused("it has no text '" + name + "'");
        }
        return value.asText();
    }

    static int number(JsonNode object, String name, int least, int most) throws Refused {
        JsonNode value = object.path(name);
        if (!value.isInt() || value.asInt() < least || value.asInt() > most) {
            throw new Refused("'" + name + "' is no number from " + least + " to " + most);
        }
        return value.asInt();
    }

    static int address(String text, String what) throws Refused {
        try {
            return Prefix.parseAddress(text);
        } catch (IllegalArgumentException e) {
            throw new Refused("its " + what + " is no IPv4 address");
        }
    }
}
