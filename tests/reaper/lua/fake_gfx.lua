-- REAPER's gfx window: strict functions and variables, every draw call recorded, keys and mouse from a script.

local M = {}

local CHAR_W, CHAR_H = 7, 14

-- Returns the global `gfx` and its control table: keys (queue), mouse fields, calls (last frame), frame (count), closed.
function M.new(strict)
  local control = { keys = {}, calls = {}, last = {}, open = false, frames = 0, vars = {}, inits = 0 }
  local vars = control.vars
  for name in pairs(strict.api.gfx_variables) do vars[name] = 0.0 end -- REAPER's are all floats
  vars.texth, vars.dest, vars.a2 = CHAR_H + 0.0, -1.0, 1.0

  local F = {}
  local function record(name, ...)
    control.calls[#control.calls + 1] = { name = name, r = vars.r, g = vars.g, b = vars.b, a = vars.a, font = control.font,
      x = vars.x, y = vars.y, ... }
  end
  F["gfx.init"] = function(title, w, h)
    if control.open then strict:violation("gfx.init while the window is open") end
    control.open, control.title, vars.w, vars.h = true, title, (w or 640) + 0.0, (h or 480) + 0.0
    control.inits = control.inits + 1
    if vars.ext_retina == 1 and control.retina then vars.ext_retina, vars.w, vars.h = 2.0, vars.w * 2, vars.h * 2 end
    return 1
  end
  F["gfx.quit"] = function()
    control.open, vars.ext_retina = false, 0
  end
  F["gfx.update"] = function()
    control.frames = control.frames + 1
    control.last, control.calls = control.calls, {}
  end
  F["gfx.getchar"] = function(char)
    if char == nil or char == 0 then
      if control.closed or not control.open then return -1.0, 0.0 end
      local key = (table.remove(control.keys, 1) or 0) + 0.0
      return key, key
    elseif char == 65536 then
      return control.focused == false and 1 or 3, 0
    end
    return 0, 0
  end
  F["gfx.setfont"] = function(n, face, size)
    if face then control.fonts = control.fonts or {} end
    if face then control.fonts[n] = { face = face, size = size } end
    if n > 0 and not (control.fonts and control.fonts[n]) then strict:violation("gfx.setfont: font " .. n .. " was never made") end
    control.font = n > 0 and control.fonts[n] or nil
    vars.texth = control.font and control.font.size or CHAR_H
    return 1
  end
  F["gfx.measurestr"] = function(text)
    local size = control.font and control.font.size or CHAR_H
    return (utf8.len(text) or #text) * CHAR_W * size / CHAR_H, size
  end
  F["gfx.set"] = function(r, g, b, a)
    vars.r, vars.g, vars.b, vars.a = r, g or r, b or r, a or 1
  end
  F["gfx.rect"] = function(x, y, w, h, filled) record("rect", x, y, w, h, filled or 1) end
  F["gfx.line"] = function(x, y, x2, y2) record("line", x, y, x2, y2) end
  F["gfx.triangle"] = function(...) record("triangle", ...) end
  F["gfx.drawstr"] = function(text, flags, right, bottom)
    record("text", text, flags or 0, right or 0, bottom or 0)
    vars.x = vars.x + (utf8.len(text) or #text) * CHAR_W
  end
  F["gfx.dock"] = function(value)
    if value ~= -1 then control.docked = value end
    return control.docked or 0, 0, 0, vars.w, vars.h
  end

  for name, fake in pairs(F) do strict.fakes[name] = fake end
  local gfx = setmetatable({}, {
    __index = function(_, name)
      if vars[name] ~= nil then return vars[name] end
      return strict:lookup("gfx." .. name)
    end,
    __newindex = function(_, name, value)
      if vars[name] == nil then strict:violation("gfx." .. tostring(name) .. " is no gfx variable", 2) end
      if type(value) ~= "number" then strict:violation("gfx." .. name .. " takes a number", 2) end
      vars[name] = value + 0.0
    end,
  })
  return gfx, control
end

return M
