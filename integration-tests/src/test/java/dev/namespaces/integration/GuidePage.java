package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of documentation whose blocks have a marker above them, a comment such as {@code <!-- code: NAME -->}. Run
 * with {@code -Dguide.write=true} to write the blocks again, then review the changes.
 */
record GuidePage(Path file) {

    private static final Path ROOT = root();
    private static final Pattern MARKED_BLOCK =
            Pattern.compile("<!-- ([a-z]+: [^>]*?) -->\n```([a-z]*)\n(.*?)```", Pattern.DOTALL);

    static GuidePage of(String file) {
        return new GuidePage(ROOT.resolve(file));
    }

    /**
     * Returns the code between {@code // begin: NAME} and {@code // end: NAME} in the source of a test of this module.
     */
    static String code(Class<?> test, String name) {
        String source = read(
                ROOT.resolve("integration-tests/src/test/java/" + test.getName().replace('.', '/') + ".java"));
        String begin = "// begin: " + name + "\n";
        String end = "// end: " + name + "\n";
        assertThat(source).contains(begin, end);
        int first = source.indexOf(begin) + begin.length();
        return source.substring(first, source.lastIndexOf('\n', source.indexOf(end)))
                        .stripIndent() + "\n";
    }

    String text() {
        return read(file);
    }

    /** The markers of all blocks, in the order of the page. */
    List<String> markers() {
        return MARKED_BLOCK
                .matcher(text())
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** How many blocks of that language there are, marked or not. */
    long blocks(String language) {
        return Pattern.compile("^```" + language + "$", Pattern.MULTILINE)
                .matcher(text())
                .results()
                .count();
    }

    /** Returns the lines of every block that is for a shell. */
    List<String> shellLines() {
        return Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL)
                .matcher(text())
                .results()
                .flatMap(block -> block.group(1).lines())
                .toList();
    }

    /** Returns the text of the block under that marker. */
    String block(String marker) {
        return find(marker).group(3);
    }

    void assertBlock(String marker, String expected) {
        MatchResult block = find(marker);
        if (Boolean.getBoolean("guide.write")) {
            String text = text();
            write(text.substring(0, block.start(3)) + expected + text.substring(block.end(3)));
        }
        assertThat(block(marker)).as("%s: %s", file.getFileName(), marker).isEqualTo(expected);
    }

    private MatchResult find(String marker) {
        Matcher blocks = MARKED_BLOCK.matcher(text());
        while (blocks.find()) {
            if (blocks.group(1).equals(marker)) {
                return blocks.toMatchResult();
            }
        }
        throw new AssertionError(file.getFileName() + " has no block under <!-- " + marker + " -->");
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

    private static String read(Path file) {
        try {
            return Files.readString(file);
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
}
