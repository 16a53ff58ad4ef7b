// The module `_fast`: what each function takes and returns stands in `_fast.pyi`.
#include <exception>

#include "arrays.hpp"

namespace {

using perception::Arguments;

template <PyObject* (*function)(Arguments&)>
PyObject* call(PyObject*, PyObject* const* items, Py_ssize_t count) {
  try {
    Arguments arguments(items, count);
    return function(arguments);
  } catch (const perception::PythonError&) {
    return nullptr;
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
}

template <PyObject* (*function)(Arguments&)>
PyMethodDef entry(const char* name) {
  return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call<function>)),
          METH_FASTCALL, nullptr};
}

PyMethodDef methods[] = {
    entry<perception::runs>("runs"),
    entry<perception::shapes>("shapes"),
    entry<perception::predict>("predict"),
    entry<perception::pairs>("pairs"),
    entry<perception::cheapest>("cheapest"),
    entry<perception::update>("update"),
    entry<perception::unknown>("unknown"),
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_fast", nullptr, 0, methods, nullptr, nullptr, nullptr, nullptr,
};

}  // namespace

PyMODINIT_FUNC PyInit__fast() { return PyModule_Create(&module); }
