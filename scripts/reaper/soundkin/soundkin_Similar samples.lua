-- @noindex
-- Opens the panel: sounds similar to the selected item, or to whatever is asked there.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("panel").open((require("source").from_selection()))
end)
