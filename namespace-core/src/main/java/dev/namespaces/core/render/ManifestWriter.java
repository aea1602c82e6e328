package dev.namespaces.core.render;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes manifests as text. Equal manifests give equal bytes, and every string is read back as the same string, also by
 * a YAML 1.1 parser, to which a bare {@code y}, {@code no} or {@code 1e3} is none. Safe to use from many threads at
 * once.
 */
public final class ManifestWriter {

    private static final ObjectWriter JSON = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build()
            .writer();

    private static final ObjectWriter YAML = new ObjectMapper(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES)
                    .stringQuotingChecker(new QuoteAllButPlainNames())
                    .build())
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .writer();

    private ManifestWriter() {}

    /** The manifest as one line of JSON, map entries in key order. */
    public static String toJson(HasMetadata manifest) {
        return write(JSON, manifest);
    }

    /** The manifest as a YAML document, map entries in key order, every string value quoted. */
    public static String toYaml(HasMetadata manifest) {
        return write(YAML, manifest);
    }

    /** The manifests as YAML documents divided by {@code ---}, in the given order. */
    public static String toYaml(Collection<? extends HasMetadata> manifests) {
        return manifests.stream().map(ManifestWriter::toYaml).collect(Collectors.joining("---\n"));
    }

    private static String write(ObjectWriter writer, HasMetadata manifest) {
        try {
            return writer.writeValueAsString(manifest);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The manifest cannot be written: " + e.getOriginalMessage(), e);
        }
    }

    private static final class QuoteAllButPlainNames extends StringQuotingChecker {

        private static final long serialVersionUID = 1L;

        // Field names of manifests are of this form; no word that YAML 1.1 reads as something else has four letters and
        // is
        // not listed by the superclass.
        private static final Pattern PLAIN_NAME = Pattern.compile("[a-zA-Z]{4,}");

        @Override
        public boolean needToQuoteName(String name) {
            return !PLAIN_NAME.matcher(name).matches() || isReservedKeyword(name);
        }

        @Override
        public boolean needToQuoteValue(String value) {
            return true;
        }
    }
}
