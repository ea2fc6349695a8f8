import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node with k-NN on 127.0.0.1, until its standard input ends: so it ends with whoever started it. */
public class Node {
    /** args: HTTP port, transport port, folder for its data. */
    public static void main(String[] args) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("network.host", "127.0.0.1");
            settings.put("http.port", args[0]);
            settings.put("transport.port", args[1]);
            settings.put("discovery.type", "single-node");
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        }).build(OpenSearchRunner.newConfigs().basePath(args[2]).clusterName("sahut-tests").numOfNode(1)
            .pluginTypes("org.opensearch.knn.plugin.KNNPlugin"));
        System.out.println("READY");
        while (System.in.read() >= 0) { }
        runner.close();
        System.exit(0);
    }
}
