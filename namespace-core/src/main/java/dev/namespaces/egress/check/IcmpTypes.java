package dev.namespaces.egress.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The ICMP types that a CiliumNetworkPolicy may name, by their family. */
final class IcmpTypes {

    /** How many types one list may have. */
    static final int MAX = 40;

    static final String IPV4 = "IPv4";

    private static final Pattern NUMBER = Pattern.compile("[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]");

    /** Only names that the schema and the agent both take; the schema does not ask for the family. */
    private static final Map<String, Set<String>> NAMES = Map.of(
            IPV4,
            Set.of(
                    "DestinationUnreachable",
                    "Echo",
                    "EchoReply",
                    "EchoRequest",
                    "ExtendedEchoRequest",
                    "ParameterProblem",
                    "Photuris",
                    "Redirect",
                    "RouterAdvertisement",
                    "RouterSelection",
                    "TimeExceeded",
                    "Timestamp",
                    "TimestampReply"),
            "IPv6",
            Set.of(
                    "DestinationUnreachable",
                    "DuplicateAddressConfirmationCodeSuffix",
                    "DuplicateAddressRequestCodeSuffix",
                    "EchoReply",
                    "EchoRequest",
                    "ExtendedEchoRequest",
                    "HomeAgentAddressDiscoveryReply",
                    "HomeAgentAddressDiscoveryRequest",
                    "ICMPNodeInformationQuery",
                    "ICMPNodeInformationResponse",
                    "InverseNeighborDiscoveryAdvertisement",
                    "InverseNeighborDiscoverySolicitation",
                    "MobilePrefixAdvertisement",
                    "MobilePrefixSolicitation",
                    "MulticastListenerDone",
                    "MulticastListenerQuery",
                    "MulticastListenerReport",
                    "NeighborAdvertisement",
                    "NeighborSolicitation",
                    "PacketTooBig",
                    "ParameterProblem",
                    "RedirectMessage",
                    "RouterAdvertisement",
                    "RouterRenumbering",
                    "RouterSolicitation",
                    "TimeExceeded"));

    private IcmpTypes() {}

    static boolean isFamily(String family) {
        return NAMES.containsKey(family);
    }

    /**
     * Returns whether the value is a type of the family. The schema has no bounds for a number that is not a string.
     */
    static boolean isType(String family, JsonNode type) {
        if (type.isTextual()) {
            return NUMBER.matcher(type.asText()).matches()
                    || NAMES.getOrDefault(family, Set.of()).contains(type.asText());
        }
        return type.canConvertToExactIntegral() && type.canConvertToInt();
    }
}
