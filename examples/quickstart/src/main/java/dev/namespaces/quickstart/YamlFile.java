package dev.namespaces.quickstart;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.jackson.NamespacesModule;
import dev.namespaces.model.Shown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * A YAML file, the line of each part, and all problems that were found in it. Jackson ends at the first problem. Here
 * the part with the problem is removed instead, and the rest is read again. Paths are those of the whole file.
 */
final class YamlFile {

    private static final int MAX_PROBLEMS = 100;
    private static final int MAX_COPIED = 100_000;
    private static final int MAX_CODE_POINTS = 64 * 1024 * 1024;
    private static final Set<String> MAPS_WITH_ANY_KEY = Set.of("labels", "metadata", "annotations");
    private static final Pattern JSON_INTEGER = Pattern.compile("0|-?[1-9]\\d{0,17}");
    private static final Pattern KNOWN_TYPES = Pattern.compile("known type ids = (\\[.*?])");

    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Integer> lines = new HashMap<>(Map.of("", 1));
    private final Map<String, JsonNode> anchors = new HashMap<>();
    /** The positions of each list that were removed. */
    private final Map<String, SortedSet<Integer>> removed = new HashMap<>();

    /** The number of values that aliases stand for. */
    private int copied;

    private final JsonNode root;

    private YamlFile(YAMLParser parser) throws IOException {
        if (parser.nextToken() == null) {
            problem("", "the file is empty");
        }
        JsonNode node = parser.hasCurrentToken() ? node(parser, "") : null;
        if (parser.hasCurrentToken() && parser.nextToken() != null) {
            problems.add(new Problem(lineOf(parser), "", "another document begins here"));
        }
        root = node == null ? JsonNodeFactory.instance.missingNode() : node;
    }

    /** @throws BadPlatformFileException if the file cannot be read, or is not YAML */
    static YamlFile parse(Path file) throws BadPlatformFileException {
        String text = text(file);
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CODE_POINTS);
        YAMLFactory yaml = YAMLFactory.builder()
                .loaderOptions(options)
                .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
                .build();
        try (YAMLParser parser = yaml.createParser(text)) {
            return new YamlFile(parser);
        } catch (JsonProcessingException e) {
            throw notYaml(file, text, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // A string cannot fail to be read.
        }
    }

    private static String text(Path file) throws BadPlatformFileException {
        try {
            String text = Files.readString(file);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new BadPlatformFileException(file, 1, "is not text in UTF-8");
        } catch (NoSuchFileException e) {
            throw new BadPlatformFileException(file, 1, "there is no such file");
        } catch (IOException e) {
            throw new BadPlatformFileException(file, 1, "cannot be read: " + e.getMessage());
        }
    }

    private static BadPlatformFileException notYaml(Path file, String text, JsonProcessingException failure) {
        int line = Math.max(1, failure.getLocation().getLineNr());
        String problem = failure.getOriginalMessage();
        if (failure.getCause() instanceof MarkedYAMLException marked) {
            line = marked.getProblemMark().getLine() + 1;
            problem = (marked.getContext() == null ? "" : marked.getContext().strip() + ": ") + marked.getProblem()
                    + ", at column " + (marked.getProblemMark().getColumn() + 1);
        } else if (failure.getCause() instanceof ReaderException unreadable) {
            String before = text.substring(0, text.offsetByCodePoints(0, unreadable.getPosition()));
            line = (int) before.chars().filter(c -> c == '\n').count() + 1;
            problem = String.format("the character U+%04X is not allowed", unreadable.getCodePoint());
        }
        return new BadPlatformFileException(file, line, "is not valid YAML: " + problem);
    }

    private static ObjectMapper mapper(Nulls missing) {
        return JsonMapper.builder()
                .addModule(new NamespacesModule())
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .defaultSetterInfo(JsonSetter.Value.forValueNulls(missing))
                .build();
    }

    List<Problem> problems() {
        return problems;
    }

    void problem(String path, String message) {
        problems.add(new Problem(line(path), path, message));
    }

    /** Returns the line of the part, or of the part that lacks it. */
    int line(String path) {
        String known = path;
        while (!lines.containsKey(known)) {
            known = known.substring(0, Math.max(0, Math.max(known.lastIndexOf('.'), known.lastIndexOf('['))));
        }
        return lines.get(known);
    }

    /** Runs the action with the path and the value of each item of a list that was read. */
    <T> void forEach(String list, List<T> items, BiConsumer<String, T> action) {
        for (int i = 0; i < items.size(); i++) {
            action.accept(item(list, i), items.get(i));
        }
    }

    /** Returns the path of the item that is now at the position. */
    private String item(String list, int position) {
        int original = position;
        for (int gone : removed.getOrDefault(list, new TreeSet<>())) {
            if (gone <= original) {
                original++;
            }
        }
        return list + "[" + original + "]";
    }

    /** Returns whether each item of the list was read. */
    boolean isComplete(String list) {
        return !removed.containsKey(list);
    }

    /** Returns the value without the parts that have problems, or null if nothing could be read. */
    <T> @Nullable T read(Class<T> type) {
        ObjectMapper mapper = mapper(Nulls.FAIL);
        try {
            return mapper.treeToValue(root, type);
        } catch (JsonProcessingException e) {
            // A misspelled field is unknown and missing. Jackson would name only the missing one.
            read(mapper(Nulls.SET), type);
            T value = read(mapper, type);
            if (problems.size() >= MAX_PROBLEMS) {
                problem("", "may have more problems than these " + MAX_PROBLEMS);
            }
            return value;
        }
    }

    private <T> @Nullable T read(ObjectMapper mapper, Class<T> type) {
        while (problems.size() < MAX_PROBLEMS) {
            try {
                return mapper.treeToValue(root, type);
            } catch (JsonMappingException e) {
                JsonPointer place = place(e);
                report(place, e);
                if (!remove(place)) {
                    return null;
                }
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }
        return null;
    }

    private void report(JsonPointer place, JsonMappingException failure) {
        String path = path(place);
        // A part that is missing because it was removed is no new problem, and the whole around it is none either.
        if (problems.stream().noneMatch(problem -> isWithin(problem.path(), path))) {
            problem(path, root.at(place).isMissingNode() ? "is missing" : message(failure));
        }
    }

    private static boolean isWithin(String path, String outer) {
        return path.startsWith(outer)
                && (path.length() == outer.length() || ".[".indexOf(path.charAt(outer.length())) >= 0);
    }

    /** Removes the innermost part that exists on the way to the place. */
    private boolean remove(JsonPointer place) {
        for (JsonPointer at = place; !at.matches(); at = at.head()) {
            JsonNode parent = root.at(at.head());
            if (parent instanceof ObjectNode map && map.remove(at.last().getMatchingProperty()) != null) {
                return true;
            }
            if (parent instanceof ArrayNode list && list.has(at.last().getMatchingIndex())) {
                String path = path(at);
                String listPath = path(at.head());
                removed.computeIfAbsent(listPath, key -> new TreeSet<>())
                        .add(Integer.valueOf(path.substring(listPath.length() + 1, path.length() - 1)));
                list.remove(at.last().getMatchingIndex());
                return true;
            }
        }
        return false;
    }

    private static JsonPointer place(JsonMappingException failure) {
        JsonPointer place = JsonPointer.empty();
        for (JsonMappingException.Reference step : failure.getPath()) {
            place = step.getFieldName() == null
                    ? place.appendIndex(step.getIndex())
                    : place.appendProperty(step.getFieldName());
        }
        return place;
    }

    private String path(JsonPointer place) {
        if (place.matches()) {
            return "";
        }
        String parent = path(place.head());
        return root.at(place.head()).isArray()
                ? item(parent, place.last().getMatchingIndex())
                : field(parent, place.last().getMatchingProperty());
    }

    static String field(String map, String name) {
        if (MAPS_WITH_ANY_KEY.contains(map.substring(map.lastIndexOf('.') + 1))) {
            return map + "[" + name + "]";
        }
        return map.isEmpty() ? name : map + "." + name;
    }

    private static String message(JsonMappingException failure) {
        if (failure.getCause() instanceof InvalidTextException invalid) {
            return invalid.reason();
        }
        if (failure instanceof ValueInstantiationException && failure.getCause() instanceof RuntimeException cause) {
            return String.valueOf(cause.getMessage());
        }
        if (failure instanceof UnrecognizedPropertyException unknown) {
            return "is not a field of this file; here it has "
                    + Arrays.stream(unknown.getReferringClass().getRecordComponents())
                            .map(RecordComponent::getName)
                            .toList();
        }
        Matcher types = KNOWN_TYPES.matcher(failure.getOriginalMessage());
        if (failure instanceof InvalidTypeIdException) {
            return types.find() ? "must have a 'type' of " + types.group(1) : "must have a 'type'";
        }
        return failure instanceof MismatchedInputException mismatch ? expected(mismatch) : failure.getOriginalMessage();
    }

    private static String expected(MismatchedInputException mismatch) {
        if (mismatch.getOriginalMessage().endsWith(" is expected")) {
            return mismatch.getOriginalMessage();
        }
        Class<?> type = mismatch.getTargetType();
        if (type == int.class) {
            return "must be a whole number, such as 10";
        }
        if (type == String.class) {
            return "must be a single value";
        }
        return type != null && Collection.class.isAssignableFrom(type) ? "must be a list" : "must be a map";
    }

    /** Reads a value, or adds a problem and returns null. */
    private @Nullable JsonNode node(YAMLParser parser, String path) throws IOException {
        JsonToken token = parser.currentToken();
        String text = parser.getText();
        if (parser.isCurrentAlias()) {
            JsonNode anchored = anchors.get(text);
            if (anchored == null) {
                problem(path, "names the anchor '" + Shown.name(text) + "', which is not above it");
                return null;
            }
            copied += size(anchored);
            if (copied > MAX_COPIED) {
                problem(path, "copies too much: all aliases together may stand for " + MAX_COPIED + " values");
                return null;
            }
            return anchored.deepCopy();
        }
        if (parser.getTypeId() != null) {
            problem(path, "has the tag " + parser.getTypeId() + "; write plain values, lists and maps");
            parser.skipChildren();
            return null;
        }
        String anchor = parser.getObjectId();
        JsonNode node = switch (token) {
            case START_OBJECT -> map(parser, path);
            case START_ARRAY -> list(parser, path);
            case VALUE_NULL -> null;
            default -> scalar(token, text);
        };
        if (node == null) {
            problem(path, "must not be empty");
        } else if (anchor != null) {
            anchors.put(anchor, node);
        }
        return node;
    }

    private static int size(JsonNode node) {
        int size = 1;
        for (JsonNode part : node) {
            size += size(part);
        }
        return size;
    }

    /** Returns a number or a boolean only if it is one in JSON. YAML would also take 0042 for 34 and no for false. */
    private static JsonNode scalar(JsonToken token, String text) {
        if (token == JsonToken.VALUE_NUMBER_INT && JSON_INTEGER.matcher(text).matches()) {
            return JsonNodeFactory.instance.numberNode(Long.parseLong(text));
        }
        if (token.isBoolean() && (text.equals("true") || text.equals("false"))) {
            return JsonNodeFactory.instance.booleanNode(text.equals("true"));
        }
        return JsonNodeFactory.instance.textNode(text);
    }

    private JsonNode map(YAMLParser parser, String path) throws IOException {
        ObjectNode map = JsonNodeFactory.instance.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            String field = field(path, name);
            if (map.has(name)) {
                problems.add(new Problem(lineOf(parser), field, "is given twice, first on line " + line(field)));
            }
            lines.putIfAbsent(field, lineOf(parser));
            parser.nextToken();
            JsonNode value = node(parser, field);
            if (value != null) {
                map.putIfAbsent(name, value);
            }
        }
        return map;
    }

    private JsonNode list(YAMLParser parser, String path) throws IOException {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            String item = path + "[" + i + "]";
            lines.put(item, lineOf(parser));
            JsonNode value = node(parser, item);
            if (value == null) {
                removed.computeIfAbsent(path, key -> new TreeSet<>()).add(i);
            } else {
                list.add(value);
            }
        }
        return list;
    }

    private static int lineOf(YAMLParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }
}
