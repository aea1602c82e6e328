package dev.namespaces.integration;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of documentation. Each of its blocks has a marker above it, {@code <!-- KIND: TEST NAME -->}, which names the
 * test that runs or reads the block. Run with {@code -Dguide.write=true} to write the blocks again, then review the
 * changes.
 */
record GuidePage(Path file) {

    private static final Path ROOT = root();

    private static final Pattern BLOCK =
            Pattern.compile("(?m)^( *)(?:<!-- ([a-z]+: [^>]*?) -->\\n\\1)?```([a-z]*)\\n((?:.*\\n)*?)\\1```$");

    private static final Pattern LINK =
            Pattern.compile("(?m)](?:\\(([^)\\s]+)[^)]*\\))|^\\[[^]]+]: (\\S+)|(?:href|src)=\"([^\"]+)\"");

    /**
     * A block.
     *
     * @param marker the text of the comment above it, or empty
     * @param language the language after its fence, or empty
     */
    record Block(String marker, String language, String text) {

        private static Block of(MatchResult match) {
            String marker = match.group(2) == null ? "" : match.group(2);
            return new Block(marker, match.group(3), match.group(4).replaceAll("(?m)^" + match.group(1), ""));
        }
    }

    static GuidePage of(String file) {
        return new GuidePage(ROOT.resolve(file));
    }

    /** Returns all pages of the repository. */
    static List<GuidePage> all() {
        return files(file -> file.toString().endsWith(".md")).stream()
                .map(GuidePage::new)
                .toList();
    }

    /** Returns the files of the repository that are not build outputs, as absolute paths. */
    static List<Path> files(Predicate<Path> wanted) {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> !ROOT.relativize(file).toString().matches("(.*/)?(target|\\.git)/.*"))
                    .filter(Files::isRegularFile)
                    .filter(wanted)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text() {
        return read(file);
    }

    /** Returns the blocks in the order of the page. */
    List<Block> blocks() {
        return BLOCK.matcher(text()).results().map(Block::of).toList();
    }

    /** Returns the number of lines that begin or end a block. */
    long fences() {
        return text().lines().filter(line -> line.strip().startsWith("```")).count();
    }

    /** Returns the lines of every block under that marker. */
    List<String> lines(String marker) {
        return blocks().stream()
                .filter(block -> block.marker().equals(marker))
                .flatMap(block -> block.text().lines())
                .toList();
    }

    /** Returns the text of the block under that marker. */
    String block(String marker) {
        return Block.of(find(marker)).text();
    }

    void assertBlock(String marker, String expected) {
        MatchResult block = find(marker);
        if (Boolean.getBoolean("guide.write")) {
            String text = text();
            write(text.substring(0, block.start(4)) + expected + text.substring(block.end(4)));
        }
        assertThat(block(marker)).as("%s: %s", file.getFileName(), marker).isEqualTo(expected);
    }

    private MatchResult find(String marker) {
        return BLOCK.matcher(text())
                .results()
                .filter(match -> marker.equals(match.group(2)))
                .findFirst()
                .orElseThrow(
                        () -> new AssertionError(file.getFileName() + " has no block under <!-- " + marker + " -->"));
    }

    /** Returns the targets of links and images. */
    List<String> links() {
        return LINK.matcher(prose())
                .results()
                .map(link -> Stream.of(1, 2, 3)
                        .map(link::group)
                        .filter(target -> target != null)
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    /** Returns the anchors that GitHub gives to the headings. */
    Set<String> anchors() {
        Set<String> anchors = new LinkedHashSet<>();
        Pattern.compile("(?m)^#{1,6} (.*)$").matcher(prose()).results().forEach(heading -> {
            String anchor = heading.group(1)
                    .replaceAll("]\\([^)]*\\)", "")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                    .replace(' ', '-');
            String wanted = anchor;
            for (int copy = 1; !anchors.add(wanted); copy++) {
                wanted = anchor + "-" + copy;
            }
        });
        return anchors;
    }

    /** Returns the texts between two backticks of a line. */
    Set<String> codeSpans() {
        return Pattern.compile("`([^`\n]+)`")
                .matcher(prose())
                .results()
                .map(span -> span.group(1))
                .collect(toCollection(LinkedHashSet::new));
    }

    private String prose() {
        return BLOCK.matcher(text()).replaceAll("");
    }

    /** Fails if the page does not have that text, broken into lines in any way. */
    void assertContains(String words) {
        assertThat(text().replaceAll("\\s+", " ")).contains(words);
    }

    private void write(String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    @Override
    public String toString() {
        return ROOT.relativize(file).toString();
    }
}
