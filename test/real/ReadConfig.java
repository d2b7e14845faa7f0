// What the Java gateway's launcher says of configuration files: variables, YAML, unknown keys, its own checks.
// Arguments: files. Standard output: file name, a tab, `taken` or the first line of the refusal. Lines that begin
// with `## NAME=value` set environment variables.
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.trino.gateway.ha.config.HaGatewayConfiguration;
import io.trino.gateway.ha.util.ConfigurationUtils;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

public class ReadConfig
{
    public static void main(String[] files)
    {
        ObjectMapper mapper = new ObjectMapper(new YAMLFactory());
        for (String file : files) {
            System.out.println(Path.of(file).getFileName() + "\t" + said(mapper, Path.of(file)));
        }
    }

    private static String said(ObjectMapper mapper, Path file)
    {
        try {
            String text = Files.readString(file);
            Map<String, String> variables = new HashMap<>();
            text.lines().filter(line -> line.startsWith("## ")).forEach(line -> {
                String[] parts = line.substring(3).split("=", 2);
                variables.put(parts[0], parts[1]);
            });
            mapper.readValue(ConfigurationUtils.replaceEnvironmentVariables(text, variables), HaGatewayConfiguration.class).validate();
            return "taken";
        }
        catch (Exception e) {
            return String.valueOf(e.getMessage()).split("\n")[0];
        }
    }
}
