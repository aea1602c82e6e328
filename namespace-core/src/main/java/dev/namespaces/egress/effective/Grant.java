package dev.namespaces.egress.effective;

import java.util.List;

/** A peer and the ports that are open there. */
record Grant(Peer peer, PortSet ports) {

    List<String> texts() {
        List<String> texts = ports.texts();
        return texts.isEmpty()
                ? List.of(peer.text())
                : texts.stream()
                        .map(port -> peer.textBeforePorts() + ":" + port)
                        .toList();
    }
}
