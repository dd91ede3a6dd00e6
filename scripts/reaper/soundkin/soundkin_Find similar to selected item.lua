-- @noindex
-- Lists the sounds most similar to the part of the selected item that is heard.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("panel").open(require("source").from_selection())
end)
