package dev.namespaces.egress.effective;

import dev.namespaces.model.Shown;
import java.util.List;

/** A peer and the ports that are open there. */
record Grant(Peer peer, PortSet ports) {

    List<String> texts() {
        List<String> texts = ports.texts();
        if (texts.isEmpty()) {
            return List.of(Shown.sentence(peer.text()));
        }
        // The peer's text is repeated for each port, so it is cut before.
        String before = Shown.sentence(peer.textBeforePorts());
        return texts.stream().map(port -> before + ":" + port).toList();
    }
}
