-- @noindex
-- Lists the sounds most similar to what the Media Explorer played last (REAPER 7.35 and newer).

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("panel").open(require("source").from_explorer())
end)
